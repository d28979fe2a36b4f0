//! The `landfall` command.

use std::process::ExitCode;

use clap::Parser;
use landfall::cli::Cli;
use landfall::shell::{launch, out};

fn main() -> ExitCode {
    let exit = match Cli::try_parse() {
        Ok(cli) => launch::start(&cli),
        // Help and version come this way too.
        Err(said) => out::usage(&said),
    };
    ExitCode::from(exit.code())
}
