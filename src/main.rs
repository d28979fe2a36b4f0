//! The `landfall` command.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use landfall::cli::Cli;
use landfall::error::Exit;
use landfall::shell::{launch, out};

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => ExitCode::from(launch::start(&cli).code()),
        Err(error) => {
            let said = error.print();
            // Help and version come this way too, on standard output.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                out::end(said.and_then(|()| io::stdout().flush()), Exit::Online)
            };
            ExitCode::from(exit.code())
        }
    }
}
