//! Tests on the mocked VM.

mod accounts;
mod admin;
mod batches;
mod challenges;
mod codec;
mod escrow;
mod fixture;
mod ledger;
mod migration;
mod nodes;
mod property;
mod slashing;
mod storage;
mod tasks;
mod trees;
mod world;
