//! A cluster of Apache DataFusion Ballista in the place of the engine in this process.
//!
//! The queries are planned here as ever; the plan of each goes to the scheduler as one job. So nothing of the SQL knows
//! of it: only where the tables lie is another matter, since executors open them by the path or address in the plan.

use std::{path::Path, sync::Arc, time::Duration};

use ballista_core::{
    extension::{SessionConfigExt, SessionStateExt},
    serde::protobuf::{GetJobStatusParams, scheduler_grpc_client::SchedulerGrpcClient},
};
use datafusion::{
    datasource::listing::ListingTableUrl, execution::SessionStateBuilder, prelude::SessionContext,
};
use iapt_files::{Sha256, address, files_below};
use object_store::{
    ObjectStoreExt,
    aws::{AmazonS3, AmazonS3Builder},
};

use crate::{Error, session};

/// How long a scheduler may take to answer at all.
const DEADLINE: Duration = Duration::from_secs(10);

/// Parts that a stage of a job is cut into, Ballista's own default: how many cores the executors have is not known here.
const PARTS: usize = 16;

/// A scheduler, and where its executors find the tables.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// `ballista://HOST:PORT`, as it was written.
    engine: String,
    /// That address, as the client of the scheduler takes it.
    scheduler: String,
    /// None where the executors see the folder of the tables.
    store: Option<Store>,
}

impl Cluster {
    pub(crate) fn new(engine: &str, store: Option<&str>) -> Result<Self, Error> {
        let address = engine.strip_prefix("ballista://").unwrap_or_default().trim_end_matches('/');
        let is_address = address.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty()
                && !host.contains(['/', '@', '?'])
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if !is_address {
            return Err(Error::NoEngine { engine: engine.to_owned() });
        }
        Ok(Self {
            engine: engine.to_owned(),
            scheduler: format!("http://{address}"),
            store: store.map(Store::new).transpose()?,
        })
    }

    /// Opens every table below `tables` in a session whose queries run on the cluster.
    pub(crate) async fn open(&self, tables: &Path) -> Result<SessionContext, Error> {
        let names = session::table_names(tables)?;
        self.ask().await?;
        let query = |error| Error::Query(Box::new(error));
        // Planned once, as DataFusion plans: the planner that starts over after each stage (Ballista 55.0) forgets that a
        // filter has left one value in a column, takes what is sorted for unsorted, and its job never ends.
        let config =
            session::config(PARTS).upgrade_for_ballista().with_ballista_adaptive_query_planner(false);
        // The small table is on the left of each join with `tidy`, and each executor gets all of it. Otherwise Ballista
        // would exchange both sides by their key, and one type of organisation has nearly every row.
        let config = config.set_bool("datafusion.optimizer.prefer_hash_join", true);
        let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
        let state = state.upgrade_for_ballista(self.scheduler.clone()).map_err(query)?;
        let context = SessionContext::new_with_state(state);
        let tidy = tables.join(iapt_tidy::TIDY);
        let tidy = match &self.store {
            None => session::location(&tidy)?,
            Some(store) => {
                let url = ListingTableUrl::parse(&store.address).map_err(query)?;
                context.register_object_store(
                    url.object_store().as_ref(),
                    Arc::<AmazonS3>::clone(&store.client),
                );
                store.put_folder(&tidy).await?
            }
        };
        session::register_tidy(&context, &tidy).await?;
        for table in names {
            self.add(&context, tables, &table).await?;
        }
        Ok(context)
    }

    /// Opens one more table of the folder.
    pub(crate) async fn add(
        &self,
        context: &SessionContext,
        tables: &Path,
        table: &str,
    ) -> Result<(), Error> {
        let file = session::table_file(tables, table);
        match &self.store {
            None => session::register(context, table, &session::location(&file)?).await,
            Some(store) => session::register(context, table, &store.put_file(&file).await?).await,
        }
    }

    /// Asks the scheduler about an unknown job: any answer shows that it is there.
    async fn ask(&self) -> Result<(), Error> {
        let no_answer = |why: String| Error::NoAnswer { engine: self.engine.clone(), why };
        let asked = async {
            let client = SchedulerGrpcClient::connect(self.scheduler.clone()).await;
            let mut client = client.map_err(|error| no_answer(error.to_string()))?;
            let answer = client.get_job_status(GetJobStatusParams { job_id: "none".to_owned() }).await;
            answer.map(|_| ()).map_err(|status| no_answer(status.message().to_owned()))
        };
        let in_time = tokio::time::timeout(DEADLINE, asked).await;
        in_time.unwrap_or_else(|_| Err(no_answer(format!("nothing within {} s", DEADLINE.as_secs()))))
    }
}

/// A place in an S3-compatible store where tables are handed to executors.
///
/// Everything is kept under its checksum, so that nothing is put there twice, no reader meets the tables of another
/// run, and what no run reads any more may be removed at any time.
#[derive(Clone, Debug)]
struct Store {
    /// `s3://BUCKET/PREFIX`, without a slash at the end.
    address: String,
    /// The prefix.
    folder: object_store::path::Path,
    client: Arc<AmazonS3>,
}

impl Store {
    fn new(address: &str) -> Result<Self, Error> {
        let no_store = || Error::NoStore { store: address.to_owned() };
        let place = address.strip_prefix("s3://").ok_or_else(no_store)?.trim_end_matches('/');
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err(no_store());
        }
        let client = AmazonS3Builder::from_env().with_bucket_name(bucket).build();
        Ok(Self {
            address: format!("s3://{place}"),
            folder: prefix.into(),
            client: Arc::new(client.map_err(|error| store_error(address, &error))?),
        })
    }

    /// Puts a file where it is not yet, and says where that is.
    async fn put_file(&self, file: &Path) -> Result<String, Error> {
        let bytes = fs_err::read(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let path = format!("{}/{name}", Sha256::of(&bytes));
        self.put(&path, bytes).await?;
        Ok(format!("{}/{path}", self.address))
    }

    /// Puts a folder where it is not yet, and says where that is.
    async fn put_folder(&self, folder: &Path) -> Result<String, Error> {
        let files = files_below(folder)?;
        let mut listing = String::new();
        for file in &files {
            let (sha256, _) = Sha256::of_reader(fs_err::File::open(folder.join(file))?)?;
            listing += &format!("{sha256} {}\n", address(file));
        }
        let root = Sha256::of(listing.as_bytes());
        for file in &files {
            self.put(&format!("{root}/{}", address(file)), fs_err::read(folder.join(file))?).await?;
        }
        Ok(format!("{}/{root}", self.address))
    }

    async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let object = self.folder.parts().chain(object_store::path::Path::from(path).parts()).collect();
        let put = match self.client.head(&object).await {
            Ok(_) => return Ok(()),
            Err(object_store::Error::NotFound { .. }) => self.client.put(&object, bytes.into()).await,
            Err(error) => Err(error),
        };
        put.map(|_| ()).map_err(|error| store_error(&self.address, &error))
    }
}

fn store_error(address: &str, error: &object_store::Error) -> Error {
    Error::Store { store: address.to_owned(), why: error.to_string() }
}
