-- Keys that sign work receipts in the network's name. None is ever deleted: what they signed stays verifiable.
create table auth.network_key (like auth.signing_key including all);
