//! Two ways make the same rows: blocks of columns, which loads take, and cell after cell, which judges what blocks do. Both
//! must come to the same bytes for every shipped seed file and for hundreds of files that are thrown together.

use std::collections::BTreeMap;
use std::sync::Arc;

use workroom::catalog::Catalog;

use workroom::database::{Session, Target};
use workroom::files::{TextFile, Tree};
use workroom::project::Project;
use workroom::seed::block::Programs;
use workroom::seed::encode::{Encoded, binary};
use workroom::seed::generate::{Piece, Pieces, Rows, Worker};
use workroom::seed::maker::Maker;
use workroom::seed::value::Value;
use workroom::seed::{Dataset, Options, Scale, SeedFile, source};

use super::mill;
use crate::support::server::{NEWEST, TestDatabase, offer_pgcrypto};
use crate::systems::deploy;

/// The rows of a piece made cell by cell, or why there are none.
fn cell_by_cell(data: &Dataset, worker: &mut Worker<'_>, piece: Piece) -> Result<Encoded, String> {
    let table = &data.tables[piece.table];
    let mut made = Encoded::default();
    let mut rows = Rows::new(piece);
    while let Some(values) = rows.next_values(worker) {
        let start = made.bytes.len();
        let width = i16::try_from(values.len()).unwrap();
        made.bytes.extend_from_slice(&width.to_be_bytes());
        for (column, value) in table.stored.iter().zip(&values) {
            let column = &table.columns[*column];
            if *value == Value::Null && column.not_null {
                return Err(format!("{} is null", column.name));
            }
            binary::write(data, column.data_type.as_ref(), value, &mut made.bytes)
                .map_err(|reason| format!("{}: {reason}", column.name))?;
        }
        worker.verdict().map_err(|error| error.to_string())?;
        made.digest.add(&made.bytes[start..]);
        made.rows += 1;
    }
    Ok(made)
}

/// Row and column of the first difference.
fn difference(data: &Dataset, piece: Piece, one: &[u8], other: &[u8]) -> String {
    let table = &data.tables[piece.table];
    let fields = |bytes: &[u8]| {
        let mut fields = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            at += 2;
            for column in &table.stored {
                let length = i32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
                let end = at + 4 + usize::try_from(length).unwrap_or(0);
                let row = fields.len() / table.stored.len();
                fields.push((
                    row,
                    table.columns[*column].name.clone(),
                    bytes[at..end].to_vec(),
                ));
                at = end;
            }
        }
        fields
    };
    let (one, other) = (fields(one), fields(other));
    let found = one.iter().zip(&other).find(|(one, other)| one != other);
    format!("{} {piece:?}: {found:?}", table.label)
}

/// Makes every table both ways, in pieces of several sizes; returns how many rows there were.
fn compare(data: &Dataset, what: &str, sizes: &[u32]) -> u64 {
    let mut count = 0;
    for table in data.filled() {
        for size in sizes {
            let mut pieces = Pieces::new(vec![table], vec![*size; data.tables.len()], Vec::new());
            let (mut one, mut other) = (Maker::new(data), Worker::new(data));
            while let Some(piece) = pieces.next(data) {
                let mut block = Encoded::default();
                let made = one.encode(piece, &mut block);
                let expected = match cell_by_cell(data, &mut other, piece) {
                    Ok(expected) => expected,
                    Err(reason) => {
                        assert!(
                            made.is_err(),
                            "{what}: {} {piece:?}: {reason}",
                            data.tables[table].label
                        );
                        break;
                    }
                };
                if let Err(error) = made {
                    panic!("{what}: {} {piece:?}: {error:?}", data.tables[table].label);
                }
                assert!(
                    block.bytes == expected.bytes,
                    "{what}\n{}",
                    difference(data, piece, &block.bytes, &expected.bytes)
                );
                assert_eq!(
                    (block.rows, block.digest),
                    (expected.rows, expected.digest),
                    "{what}"
                );
                count += block.rows;
            }
        }
    }
    count
}

/// All mistakes, one a line.
fn said(error: &workroom::Error) -> String {
    let lines: Vec<String> = error.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// How many tables have a program for blocks.
fn programs(data: &Dataset) -> usize {
    let (mut bytes, programs) = (Encoded::default(), Arc::<Programs>::default());
    // Rows that the file gives literally are made one by one.
    let is_made = |at: &usize| data.tables[*at].first.is_empty() && data.rows_in(*at, 0, 0) > 0;
    let table = data.filled().find(is_made).unwrap();
    let piece = Piece {
        table,
        tenant: 0,
        pod: 0,
        first: 0,
        end: 1,
    };
    // What is compiled shows itself once a row was asked for.
    let _ = Maker::sharing(data, Arc::clone(&programs)).encode(piece, &mut bytes);
    format!("{programs:?}").matches("Some(Program {").count()
}

#[tokio::test]
async fn the_shipped_systems_are_the_same_in_blocks_and_cell_by_cell() {
    for (system, scale, least) in [
        ("agency", 50, 10),
        ("approvals", 1000, 4),
        ("sage", 1000, 5),
        ("worktrackr", 1000, 5),
        ("needthisdone", 1000, 5),
    ] {
        offer_pgcrypto(NEWEST);
        let database = TestDatabase::new(NEWEST);
        deploy(&database, &[system]);
        let project = Project::find(env!("CARGO_MANIFEST_DIR").as_ref()).unwrap();
        let session = Session::connect(&Target::parse(&database.url()).unwrap())
            .await
            .unwrap();
        let file = source::file_of(&project, &project.systems[system]).unwrap();
        let catalog = source::catalog(&session, &project, &file).await.unwrap();
        for (scale, as_of) in [(scale, None), (scale + 1000, Some(10_000))] {
            let options = Options {
                scale: Some(Scale(scale)),
                as_of,
                ..Options::default()
            };
            let data = source::compile(&session, &catalog, &file, options)
                .await
                .unwrap();
            let rows = compare(&data, system, &[97]);
            assert!(rows > 100, "{system}: {rows} rows");
            assert!(
                programs(&data) >= least,
                "{system}: {} programs",
                programs(&data)
            );
        }
    }
}

#[tokio::test]
async fn files_that_are_thrown_together_are_the_same_in_blocks_and_cell_by_cell() {
    let database = TestDatabase::new(NEWEST);
    database.execute(include_str!("mill.sql"));
    let session = Session::connect(&Target::parse(&database.url()).unwrap())
        .await
        .unwrap();
    let catalog = Catalog::load(session.client(), &["mill"]).await.unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let tree = Tree::Folder(folder.path().to_owned());
    let (mut rows, mut refused, mut compiled) = (0, Vec::new(), 0);
    for number in 0..300 {
        let text = mill::file(number);
        let what = format!("file {number}:\n{text}\n");
        let file = SeedFile::read(
            "mill",
            &TextFile::new("seeds/mill.toml", text.as_str()),
            &tree,
        );
        let file = file.unwrap_or_else(|error| panic!("{error}\n{what}"));
        let scale = Scale([1000, 500, 2300][number as usize % 3]);
        let options = Options {
            scale: Some(scale),
            ..Options::default()
        };
        match file.compile(&catalog, &BTreeMap::new(), options) {
            Ok(data) => {
                rows += compare(&data, &what, &[1, 5, 61]);
                compiled += programs(&data);
            }
            Err(error) => refused.push(said(&error)),
        }
    }
    assert!(
        refused.len() < 30,
        "{} refused: {}",
        refused.len(),
        refused.join("\n")
    );
    assert!(rows > 100_000, "{rows} rows");
    assert!(compiled > 400, "{compiled} programs");
}
