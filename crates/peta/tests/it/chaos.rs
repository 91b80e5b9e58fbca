//! Under kill: what Core promises when processes are killed, connections cut, disks full and clocks stepped. The driver
//! is `peta_testkit::chaos`.

mod clocks;
mod disks;
mod kills;
mod orphans;
