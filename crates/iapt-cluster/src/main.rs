//! A scheduler or an executor of Apache DataFusion Ballista, with tables in folders or in an S3-compatible store.
//!
//! The same as the programs that Ballista publishes, and built together with `iapt`, so that DataFusion is compiled
//! once for all three and no two of them differ in version.

use std::sync::Arc;

use ballista_core::{
    error::{BallistaError, Result},
    object_store::{
        runtime_env_with_s3_support, session_config_with_s3_support, session_state_with_s3_support,
    },
};
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::{
    cluster::BallistaCluster, config::SchedulerConfig, scheduler_process::start_server,
};
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// What the process is; the options of each are Ballista's own.
#[derive(Debug, Parser)]
#[command(name = "iapt-cluster", version)]
enum Process {
    /// Plans queries and hands their parts to executors.
    Scheduler(Box<ballista_scheduler::config::Config>),
    /// Does its share of each query.
    Executor(Box<ballista_executor::config::Config>),
}

fn main() -> Result<()> {
    // Planning recurses over the query, in frames that are large without optimisation.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(32 * 1024 * 1024)
        .build()?;
    runtime.block_on(run(Process::parse()))
}

async fn run(process: Process) -> Result<()> {
    match process {
        Process::Scheduler(options) => {
            log_to_standard_error(&options.log_level_setting);
            let address = format!("{}:{}", options.bind_host, options.bind_port);
            let address = address.parse().map_err(|error| {
                BallistaError::Configuration(format!("`{address}` is not a valid address: {error}"))
            })?;
            // Where the store is and who may read it comes from the environment of each process (`AWS_...`).
            let config = SchedulerConfig::try_from(*options)?
                .with_override_config_producer(Arc::new(session_config_with_s3_support))
                .with_override_session_builder(Arc::new(session_state_with_s3_support));
            let cluster = BallistaCluster::new_from_config(&config).await?;
            start_server(cluster, address, Arc::new(config)).await
        }
        Process::Executor(options) => {
            log_to_standard_error(&options.log_level_setting);
            let mut config = ExecutorProcessConfig::try_from(*options)?;
            config.override_config_producer = Some(Arc::new(session_config_with_s3_support));
            config.override_runtime_producer = Some(Arc::new(runtime_env_with_s3_support));
            start_executor_process(Arc::new(config)).await
        }
    }
}

fn log_to_standard_error(levels: &str) {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::new(levels))
        .init();
}
