//! Integration tests: one binary, one server, one database a test.
#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

mod adopt; // `workroom adopt`: projects of five tools, green from the first minute
mod architecture; // layers, circles, homes of crates, length of files
mod catalog; // every kind of object as it is read, hostile names
mod command_line; // help, completions, `init`
mod concurrency; // several deployments at once, runs stopped in the middle
mod connection; // TCP, passwords, TLS with every `sslmode`
mod data; // `data import`: files of one's own, right and wrong
mod db_import; // folders and histories of nine other tools
mod db_life; // baseline, fake, repair, out of order, reset
mod db_migrate; // `db migrate`, `db plan`, `db status`: order, history, session
mod ddl_forms; // what the reader of SQL does not know stops nothing
mod demo; // `workroom demo` from an empty server on
mod description; // what two databases are compared by: each change named, no false alarm
mod destination; // which database a run works on: said, named, waited for, made, dropped
mod docs; // `workroom docs`: a page that asks for nothing else
mod dropped; // databases dropped while somebody is leaving them
mod dump; // `db dump`: loads, and dumps to the same bytes
mod faults; // a crash at every step of a deployment, then one plain second run
mod fleet; // `workroom fleet`: many databases, some of which cannot be brought up to date
mod governor; // waiting for locks, deadlocks, autovacuum, limits
mod grouped; // `db migrate --grouped`
mod histories; // `db import`: each tool in a database that has all, some or nothing
mod layout; // workroom's own tables from version to version
mod leaks; // broken schemas that `policy prove` and `policy lint` must name
mod library; // the examples, a client of the caller's own, plan, deploy, verify
mod lint; // `workroom lint`: output, exit status, formats
mod lint_breaks; // what programs can do no longer, and what is always refused
mod lint_evidence; // what `docs/lint/` and `docs/security.md` say, done by a server
mod manifest; // `db manifest`, `db verify` with one, `db drift`
mod measure; // `db plan --measure` against servers, forms of DDL as data
mod measured_beside; // `db plan --measure --beside`: what killed runs left, two runs at once
mod measured_plan; // `db plan --measure` as its users run it
mod measured_strangers; // SQL of strangers while it is measured
mod migration_errors; // a failing migration: its line, and nothing left
mod objects; // repeatable objects: what is applied, in which order
mod objects_out_of_step; // objects changed by hand, without a file, or on other ground
mod objects_under_change; // migrations below repeatable objects
mod ordinary_owner; // deploying as an owner without superuser
mod output; // standard output as a pipe, a full disk, a terminal
mod own_schema; // the schema `workroom`: grants, row security, strangers
mod partitions; // partitions of a described table
mod patterns; // one section of a policy file for many tables
mod policy; // policy files, `policy apply`, `drift`, `lint`, what each role can do
mod pooler; // refusals behind a pooler
mod preflight; // what a server lacks, said first
mod project; // mistakes of project files
mod prove; // `policy prove`: tables
mod prove_combined; // `policy prove`: each value while the rest of its condition holds
mod prove_escalation; // `policy prove`: giving oneself more
mod prove_functions; // `policy prove`: views, functions, roles
mod prove_mutants; // `policy prove --mutate`
mod prove_part; // `policy prove --only`, `--changed-since`
mod prove_planted; // `policy prove`: a little more or less in the SQL of conditions
mod prove_random; // `policy prove`: what a generator makes up
mod prove_rows; // `policy prove`: rows for any key, type and partition
mod prove_together; // `policy prove`: two at once, roles that go meanwhile
mod prove_triggers; // `policy prove --triggers`
mod prove_values; // `policy prove`: what the SQL compares with is tried
mod prove_words; // `policy prove`: claims, macros without words, what never decided
mod races; // thirty-two runners at once
mod renumbered; // migrations whose files were given other numbers
mod round_trips; // how often the client waits for the server
mod seed; // `workroom seed`: grammar, loads, plans, engines, exports
mod server; // the embedded server: started, stopped, raced, killed
mod steps; // migrations that run statement by statement
mod support; // servers, databases, projects, proxies for tests
mod surroundings; // folders, readers of output, signals
mod systems; // the shipped systems, as their people use them
mod verify; // `db verify`
mod view_graphs; // random graphs of views and functions over a table that changes
mod wrong_projects; // mistakes as changes of a project that is right
