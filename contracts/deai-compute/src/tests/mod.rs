//! Tests on the mocked VM.

mod accounts;
mod admin;
mod batches;
mod challenges;
mod changes;
mod codec;
mod escrow;
mod fixture;
mod ledger;
mod migration;
mod nodes;
mod numbers;
mod property;
mod reader;
mod slashing;
mod storage;
mod tasks;
mod trees;
mod world;
