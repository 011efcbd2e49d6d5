//! Messages that are put together, and answers that find their place in them.

use super::*;

fn read(text: &str) -> (TextFile, Vec<Statement>) {
    let file = TextFile::new("a.sql", text);
    let statements = split(&file).unwrap();
    (file, statements)
}

#[test]
fn a_semicolon_in_a_literal_a_comment_or_a_body_is_no_end_of_a_statement() {
    let mut batch = Batch::default();
    batch.push_all("set a = 'x;y';select $$;;$$; /* ; */ select 1;begin;");
    assert_eq!(batch.statements(), 4);
    batch.push("select ';' -- ;");
    assert_eq!(batch.statements(), 5);
    assert!(batch.text().ends_with("-- ;\n;"));
}

fn completed(completed: usize) -> Answer {
    Answer {
        completed,
        position: None,
    }
}

/// The answer of a server that cannot parse a message, at the first `found` in it.
fn cannot_parse(batch: &Batch<'_>, found: &str) -> Answer {
    let (before, _) = batch.text().split_once(found).unwrap();
    Answer {
        completed: 0,
        position: Some(before.chars().count() + 1),
    }
}

#[test]
fn a_place_is_found_by_characters_behind_a_head_that_has_wider_ones() {
    let (file, statements) = read("select 'ä€😀';\n\nselect x.\"Ü\".y from t;");
    let mut batch = Batch::default();
    batch.push_all("set a = 'é;é';begin;");
    batch.begin_part();
    batch.push_file(&file, &statements);
    let part = batch.file_in(0).unwrap();
    let span = part.span(cannot_parse(&batch, "x.")).unwrap();
    assert_eq!(&file.text[span], "x.\"Ü\".y");
    // Without a position the number of the statement says where.
    let span = part.span(completed(2)).unwrap();
    assert_eq!(&file.text[span], "select 'ä€😀'");
    // One before the file, and one after its last.
    assert_eq!(part.span(completed(1)), None);
    assert!(!part.is_before(completed(3)) && part.is_before(completed(4)));
}

#[test]
fn a_place_is_found_behind_what_goes_with_a_statement() {
    let text = "-- make\ncreate schema s;\nselect 1; -- one\nupdate t set a = 1;\nselect 2";
    let (file, statements) = read(text);
    let inside = BTreeMap::from([
        (
            0,
            Inside {
                is_left_out: true,
                ..Inside::default()
            },
        ),
        (
            2,
            Inside {
                before: vec!["lift; -- é".to_owned()],
                is_left_out: false,
            },
        ),
    ]);
    let mut batch = Batch::default();
    batch.push("begin");
    batch.begin_part();
    batch.push_file_with(&file, &statements, &inside);
    assert_eq!(batch.statements(), 6, "{}", batch.text());
    assert!(!batch.text().contains("create schema"));
    // begin, the select in place of the schema, select 1, lift, update, select 2.
    let at = |number: usize| {
        let answer = completed(number);
        let span = batch.file_of(0, answer).unwrap().span(answer).unwrap();
        file.text[span].to_owned()
    };
    assert_eq!(at(1), "create schema s");
    assert_eq!(at(2), "select 1");
    assert_eq!(at(4), "update t set a = 1");
    assert_eq!(at(5), "select 2");
    let answer = cannot_parse(&batch, "2");
    let span = batch.file_of(0, answer).unwrap().span(answer).unwrap();
    assert_eq!(span, text.len() - 1..text.len());
    assert!(
        batch
            .file_of(0, completed(6))
            .unwrap()
            .is_before(completed(6))
    );
}

#[test]
fn what_a_dump_says_to_psql_is_not_sent_and_moves_nothing() {
    let file = TextFile::new(
        "a.sql",
        "--\n\\restrict aB3\nselect '\n\\restrict x';\n\\unrestrict aB3\n",
    );
    let mut statements = split(&file).unwrap();
    statements.retain(|statement| !is_restriction(&file, statement));
    assert_eq!(statements.len(), 1);
    let mut batch = Batch::default();
    batch.push_file(&file, &statements);
    assert_eq!(batch.statements(), 1);
    let sent = "--\n             \nselect '\n\\restrict x';\n               \n\n;";
    assert_eq!(batch.text(), sent);
}

#[test]
fn parts_tell_whose_statement_failed() {
    let (first, of_first) = read("select 1; select 2");
    let (second, of_second) = read("select 3 -- no more");
    let mut batch = Batch::default();
    batch.push_all("begin;");
    batch.begin_part();
    batch.push_file(&first, &of_first);
    batch.push("insert into history values (';')");
    batch.begin_part();
    batch.push_file(&second, &of_second);
    batch.push_all("commit;");
    assert_eq!(batch.part_of(completed(0)), None);
    for (statement, part) in [(1, 0), (3, 0), (4, 1), (5, 1)] {
        assert_eq!(batch.part_of(completed(statement)), Some(part));
    }
    assert_eq!(batch.part_of(cannot_parse(&batch, "begin")), None);
    assert_eq!(batch.part_of(cannot_parse(&batch, "select 2")), Some(0));
    assert_eq!(batch.part_of(cannot_parse(&batch, "select 3")), Some(1));
    assert_eq!(batch.start_of(1).statements, 4);
    assert_eq!(batch.file_in(0).unwrap().file.text, first.text);
    let second_part = batch.file_in(1).unwrap();
    assert_eq!(second_part.file.text, second.text);
    // The commit failed.
    assert!(second_part.is_before(completed(5)));
}

#[test]
fn a_message_that_is_appended_keeps_its_files() {
    let (file, statements) = read("select 1;\nselect 2");
    let mut inner = Batch::default();
    inner.push("select 'ö'");
    inner.begin_part();
    inner.push_first_with(&file, &statements[1..], None);
    let mut batch = Batch::default();
    batch.push_all("select 'ü;';begin;");
    batch.begin_part();
    batch.append(&inner);
    assert_eq!(batch.statements(), 4);
    let outer = batch.file_in(0).unwrap();
    assert_eq!(outer.span(completed(3)), Some(10..18));
    let answer = cannot_parse(&batch, "2");
    assert_eq!(outer.span(answer), Some(17..18));
    // The same by the message that was appended.
    let answer = answer.within(batch.start_of(0));
    assert_eq!(inner.part_of(answer), Some(0));
    assert_eq!(inner.file_in(0).unwrap().span(answer), Some(17..18));
}
