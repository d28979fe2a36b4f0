//! The `landfall` command.

use std::process::ExitCode;

use clap::Parser;
use landfall::cli::Cli;
use landfall::shell::launch;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => ExitCode::from(launch::start(&cli).code()),
        Err(error) => {
            // Help and version come this way too, with exit code 0.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}
