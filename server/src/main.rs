//! The `signet` command.

use std::process::ExitCode;

/// Gives memory back to the system once connections are closed. What the system's own allocator has
/// spread over its arenas stays with the process.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(error),
    };
    let ended = runtime.block_on(signet::cli::run(std::env::args_os(), std::env::vars_os()));
    // Without waiting for threads that ask for the address of a database that is gone.
    runtime.shutdown_background();
    ended.unwrap_or_else(failed)
}

fn failed(error: impl std::fmt::Display) -> ExitCode {
    eprintln!("signet: {error}");
    ExitCode::FAILURE
}
