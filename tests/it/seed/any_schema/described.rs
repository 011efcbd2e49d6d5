//! What a manifest says of schemas is what a seed file needs of them: of all that the catalog has, as of the shipped systems.

use workroom::catalog::{Catalog, ConstraintKind, Description, Name, Relation, RelationKind};

use super::{SCHEMAS, Site, known};

/// What a catalog that is read back has, one object a line.
fn shown(catalog: Catalog) -> Vec<String> {
    fn all<T: std::fmt::Debug>(objects: impl IntoIterator<Item = T>) -> Vec<String> {
        let objects = objects.into_iter();
        objects.map(|object| format!("{object:?}")).collect()
    }
    let is_read =
        |relation: &Relation| relation.is_table() || relation.kind == RelationKind::ForeignTable;
    let tables: Vec<Name> = catalog
        .relations
        .iter()
        .filter(|relation| is_read(relation))
        .map(|relation| relation.name.clone())
        .collect();
    let relations = catalog
        .relations
        .into_iter()
        .filter(is_read)
        .map(|mut relation| {
            relation.owner.clear();
            relation.options.clear();
            relation
        });
    let columns = catalog
        .columns
        .into_iter()
        .filter(|column| tables.contains(&column.relation))
        .map(|mut column| {
            (column.modifier, column.number) = (-1, 0);
            // Those of the server have two names each.
            if column.type_name.schema == "pg_catalog" {
                column.type_name.name.clear();
            }
            column
        });
    let constraints = catalog
        .constraints
        .into_iter()
        .filter(|constraint| constraint.kind != ConstraintKind::NotNull);
    let constraints = constraints.map(|mut constraint| {
        constraint.inherited = false;
        constraint
    });
    let indexes = catalog
        .indexes
        .into_iter()
        .filter(|index| tables.contains(&index.relation))
        .map(|mut index| {
            index.statistics.retain(Option::is_some);
            index
        });
    let types = catalog.types.into_iter().map(|mut declared| {
        declared.owner.clear();
        declared
    });
    let triggers = catalog.triggers.into_iter().map(|mut trigger| {
        trigger.inherited = false;
        trigger
    });
    [
        all(relations),
        all(columns),
        all(constraints),
        all(indexes),
        all(types),
        all(triggers),
    ]
    .concat()
}

#[tokio::test]
async fn a_description_says_of_tables_what_the_catalog_has() {
    let site = Site::new();
    let mut schemas: Vec<String> = Vec::new();
    for (at, (_, _, sql)) in known(SCHEMAS).into_iter().enumerate() {
        let schema = format!("any_{at}");
        site.deploy(&schema, sql);
        schemas.push(schema);
    }
    site.database.execute(
        "create schema marks; create table marks.kept (id int not null, a text, b text, c int, constraint kept_key primary key (id) include (a), unique (a, b) deferrable initially deferred);
         create unique index kept_two on marks.kept using btree (b collate \"C\" desc nulls last, (a || ',')) include (c) where c > 5 and b <> ' WHERE ';
         create unique index kept_four on marks.kept (id); alter table marks.kept replica identity using index kept_four; cluster marks.kept using kept_four;
         create collation marks.loose (provider = libc, locale = 'C'); create domain marks.name as text collate marks.loose;
         create table marks.other (id int, code text collate marks.loose, name marks.name, exclude using gist (id with =, code with =) where (id > 3));
         alter table marks.other add constraint other_id_fkey foreign key (id) references marks.kept on update restrict on delete set null not valid;
         comment on table marks.other is 'Others.'; comment on column marks.other.code is 'Its code.'; comment on constraint other_id_fkey on marks.other is 'Where it is.';
         create table marks.few (a int, b int, constraint \"few, of it\" check (a > b or a is null), check (b in (1, 2)) not enforced);
         create type marks.\"odd label\" as enum ('it''s', E'back\\\\slash', 'a, b');
         create function marks.f() returns trigger language plpgsql as 'begin return new; end'; create trigger \"when x\" before insert on marks.few for each row when (new.a > 1) execute function marks.f('x');
         alter table marks.few enable always trigger \"when x\"; create table marks.whole (id int, during daterange, primary key (id, during without overlaps)); create table marks.part (id int, during daterange, foreign key (id, period during) references marks.whole (id, period during))",
    );
    schemas.push("marks".to_owned());
    let client = tokio_postgres::connect(&site.database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(client.1);
    let names: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let expected = shown(Catalog::load(&client.0, &names).await.unwrap());
    let description = Description::load(&client.0, &names, &[]).await.unwrap();
    let found = shown(Catalog::written(&description.of(&schemas)).unwrap());
    // Line by line, so that a difference can be read.
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
    assert!(found.len() > 400, "{}", found.len());
}
