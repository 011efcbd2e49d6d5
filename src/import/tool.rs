//! The tools, by name.

use std::fmt;
use std::path::Path;

use super::folder;
use super::format::{Folder, Format};
use super::history;
use super::row::History;
use super::{
    alembic, dbmate, diesel, django, drizzle, flyway, golang_migrate, goose, graphile_migrate,
    knex, liquibase, node_pg_migrate, prisma, rails, refinery, sqitch, sqlx, supabase, typeorm,
};
use crate::database::Session;
use crate::error::Result;

/// A tool whose migrations can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// refinery
    Refinery,
    /// sqlx-cli
    Sqlx,
    /// diesel
    Diesel,
    /// goose
    Goose,
    /// golang-migrate
    GolangMigrate,
    /// Flyway
    Flyway,
    /// dbmate
    Dbmate,
    /// Supabase
    Supabase,
    /// Prisma
    Prisma,
    /// drizzle
    Drizzle,
    /// node-pg-migrate
    NodePgMigrate,
    /// graphile-migrate
    GraphileMigrate,
    /// sqitch
    Sqitch,
    /// Liquibase
    Liquibase,
    /// knex
    Knex,
    /// TypeORM
    Typeorm,
    /// Alembic
    Alembic,
    /// Django
    Django,
    /// Rails
    Rails,
}

impl Tool {
    /// Every tool, in the order of the help text.
    pub const ALL: [Self; 19] = [
        Self::Refinery,
        Self::Sqlx,
        Self::Diesel,
        Self::Goose,
        Self::GolangMigrate,
        Self::Flyway,
        Self::Dbmate,
        Self::Supabase,
        Self::Prisma,
        Self::Drizzle,
        Self::NodePgMigrate,
        Self::GraphileMigrate,
        Self::Sqitch,
        Self::Liquibase,
        Self::Knex,
        Self::Typeorm,
        Self::Alembic,
        Self::Django,
        Self::Rails,
    ];

    fn format(self) -> &'static Format {
        match self {
            Self::Refinery => &refinery::FORMAT,
            Self::Sqlx => &sqlx::FORMAT,
            Self::Diesel => &diesel::FORMAT,
            Self::Goose => &goose::FORMAT,
            Self::GolangMigrate => &golang_migrate::FORMAT,
            Self::Flyway => &flyway::FORMAT,
            Self::Dbmate => &dbmate::FORMAT,
            Self::Supabase => &supabase::FORMAT,
            Self::Prisma => &prisma::FORMAT,
            Self::Drizzle => &drizzle::FORMAT,
            Self::NodePgMigrate => &node_pg_migrate::FORMAT,
            Self::GraphileMigrate => &graphile_migrate::FORMAT,
            Self::Sqitch => &sqitch::FORMAT,
            Self::Liquibase => &liquibase::FORMAT,
            Self::Knex => &knex::FORMAT,
            Self::Typeorm => &typeorm::FORMAT,
            Self::Alembic => &alembic::FORMAT,
            Self::Django => &django::FORMAT,
            Self::Rails => &rails::FORMAT,
        }
    }

    /// Where its files usually lie.
    #[must_use]
    pub fn default_folder(self) -> &'static str {
        self.format().folder
    }

    /// Its history table, with its schema where others have one of its name.
    #[must_use]
    pub fn table(self) -> &'static str {
        self.format().table
    }

    /// The tools whose history tables a database has, by their names alone.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn in_database(session: &Session) -> Result<Vec<Self>> {
        history::tools(session, &Self::ALL.map(Self::table))
            .await
            .map(|found| {
                Self::ALL
                    .into_iter()
                    .filter(|tool| found.contains(&tool.table()))
                    .collect()
            })
    }

    /// Whether it makes a relation of this name for itself: its history, or what lies beside it.
    #[must_use]
    pub fn has_made(self, qualified: &str) -> bool {
        let (schema, name) = qualified.split_once('.').unwrap_or(("", qualified));
        if let Some((own, _)) = self.table().split_once('.') {
            return own == schema;
        }
        let rest = name.strip_prefix(self.table());
        rest.is_some_and(|rest| rest.is_empty() || rest == "_id_seq")
            || self.format().beside.contains(&name)
    }

    /// What its users run to mend what is half done; of migrations in code, to apply the rest of them.
    #[must_use]
    pub fn mend(self) -> &'static str {
        self.format().mend
    }

    /// The tool of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.to_string() == name)
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// With every file that cannot be taken over.
    pub fn read(self, folder: &Path) -> Result<Folder> {
        folder::read(self.format(), folder)
    }

    /// Reads the tool's history; `None` when there is no such table. `table` overrides where it is.
    ///
    /// # Errors
    /// When several schemas have one, when a migration is half done, or when the server does not answer.
    pub async fn history(self, session: &Session, table: Option<&str>) -> Result<Option<History>> {
        history::read(self.format(), session, table).await
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.format().name)
    }
}
