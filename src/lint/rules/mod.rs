//! The rules, one a file. A new rule is a file here, a page in `docs/lint/`, and a line in each of the two lists.

mod add_check_scans;
mod add_column_not_null;
mod add_column_rewrites;
mod add_column_with_constraint;
mod add_foreign_key_scans;
mod add_key_builds_index;
mod attach_partition_scans;
mod change_column_type;
mod char_type;
mod concurrently_is_refused;
mod create_index_blocks_writes;
mod ddl_with_backfill;
mod definer_without_search_path;
mod detach_partition_locks_parent;
mod domain_check_scans;
mod drop_breaks_programs;
mod drop_cascade;
mod drop_column;
mod drop_foreign_key_locks_parent;
mod drop_index_blocks_reads;
mod drop_table;
mod enum_value_used_at_once;
mod foreign_key_leaves_tenant;
mod foreign_key_without_index;
mod grant_to_public;
mod identifier_too_long;
mod insert_needs_value;
mod invalid_index_retry;
mod missing_comment;
mod missing_lock_timeout;
mod partition_of_locks_parent;
mod policy_locks_table;
mod publication_refuses_updates;
mod read_under_lock;
mod refresh_blocks_reads;
mod reindex_blocks_writes;
mod rename_breaks_programs;
mod revoke_breaks_programs;
mod rewrite_table;
mod row_security_without_policy;
mod rows_leave_parent;
mod set_not_null_scans;
mod table_without_tenant_key;
mod timestamp_depends_on_time_zone;
mod timestamp_without_time_zone;
mod trigger_without_search_path;
mod triggers_disabled;
mod truncate_cascade;
mod truncate_loses_rows;
mod unbatched_update;
mod validate_in_same_transaction;
mod view_loses_columns;
mod view_without_security_invoker;

use super::rule::Rule;

/// All rules, in alphabetical order.
pub static RULES: &[&Rule] = &[
    &add_check_scans::RULE,
    &add_column_not_null::RULE,
    &add_column_rewrites::RULE,
    &add_column_with_constraint::RULE,
    &add_foreign_key_scans::RULE,
    &add_key_builds_index::RULE,
    &attach_partition_scans::RULE,
    &change_column_type::RULE,
    &char_type::RULE,
    &concurrently_is_refused::RULE,
    &create_index_blocks_writes::RULE,
    &ddl_with_backfill::RULE,
    &definer_without_search_path::RULE,
    &detach_partition_locks_parent::RULE,
    &domain_check_scans::RULE,
    &drop_breaks_programs::RULE,
    &drop_cascade::RULE,
    &drop_column::RULE,
    &drop_foreign_key_locks_parent::RULE,
    &drop_index_blocks_reads::RULE,
    &drop_table::RULE,
    &enum_value_used_at_once::RULE,
    &foreign_key_leaves_tenant::RULE,
    &foreign_key_without_index::RULE,
    &grant_to_public::RULE,
    &identifier_too_long::RULE,
    &insert_needs_value::RULE,
    &invalid_index_retry::RULE,
    &missing_comment::RULE,
    &missing_lock_timeout::RULE,
    &partition_of_locks_parent::RULE,
    &policy_locks_table::RULE,
    &publication_refuses_updates::RULE,
    &read_under_lock::RULE,
    &refresh_blocks_reads::RULE,
    &reindex_blocks_writes::RULE,
    &rename_breaks_programs::RULE,
    &revoke_breaks_programs::RULE,
    &rewrite_table::RULE,
    &row_security_without_policy::RULE,
    &rows_leave_parent::RULE,
    &set_not_null_scans::RULE,
    &table_without_tenant_key::RULE,
    &timestamp_depends_on_time_zone::RULE,
    &timestamp_without_time_zone::RULE,
    &trigger_without_search_path::RULE,
    &triggers_disabled::RULE,
    &truncate_cascade::RULE,
    &truncate_loses_rows::RULE,
    &unbatched_update::RULE,
    &validate_in_same_transaction::RULE,
    &view_loses_columns::RULE,
    &view_without_security_invoker::RULE,
];
