//! `data import`: files of one's own, right and wrong, into tables that judge them.

mod forms;
mod local_storage;
mod mistakes;
mod owners;
