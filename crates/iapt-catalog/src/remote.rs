//! Published tables, queried where they lie: the edition that the manifest of an address names, whole.
//!
//! `iapt publish` puts every edition in a folder of its own and the manifest last; a reader that begins with the manifest
//! never meets two editions. The manifest also lists the files, which a web server cannot.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use iapt_files::edition::{MANIFEST, Manifest, Published};
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult, aws::AmazonS3Builder,
    http::HttpBuilder, path::Path as ObjectPath,
};

use crate::{Error, session};

/// The tables, in the folder of an edition.
const TABLES: &str = "tables/";

/// Opens every table of the edition that is current at `s3://BUCKET/PREFIX`, `https://HOST/PATH` or `http://HOST/PATH`.
///
/// Keys, region and endpoint of a bucket come from the environment (`AWS_...`). Messages show the address, so it has no secrets.
pub(crate) async fn open(
    address: &str,
    threads: usize,
    memory: Option<usize>,
) -> Result<SessionContext, Error> {
    let address = address.trim_end_matches('/');
    let store_error =
        |error: object_store::Error| Error::Store { store: address.to_owned(), why: error.to_string() };
    let (scheme, place) = address.split_once("://").unwrap_or_default();
    let (host, prefix) = place.split_once('/').unwrap_or((place, ""));
    let root = format!("{scheme}://{host}");
    let store: Arc<dyn ObjectStore> = match scheme {
        "s3" => Arc::new(AmazonS3Builder::from_env().with_bucket_name(host).build().map_err(store_error)?),
        "https" => Arc::new(HttpBuilder::new().with_url(&root).build().map_err(store_error)?),
        // A server on this machine or in one's own network; nothing secret is sent.
        "http" => {
            let plain = object_store::ClientOptions::new().with_allow_http(true);
            let built = HttpBuilder::new().with_url(&root).with_client_options(plain).build();
            Arc::new(built.map_err(store_error)?)
        }
        _ => return Err(Error::NoTables { folder: address.into() }),
    };
    let prefix = ObjectPath::from(prefix);
    let below = |path: &str| -> ObjectPath { prefix.parts().chain(ObjectPath::from(path).parts()).collect() };
    let bytes = store.get(&below(MANIFEST)).await.map_err(store_error)?.bytes().await.map_err(store_error)?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| Error::Store { store: format!("{address}/{MANIFEST}"), why: error.to_string() })?;
    let tables: Vec<&Published> = manifest
        .files
        .iter()
        .filter(|file| file.path.starts_with(TABLES) && file.path.ends_with(".parquet"))
        .collect();
    let listed = tables.iter().map(|file| ObjectMeta {
        location: below(&format!("{}/{}", manifest.folder, file.path)),
        last_modified: chrono::DateTime::UNIX_EPOCH,
        size: file.bytes,
        e_tag: None,
        version: None,
    });
    let edition = Arc::new(Edition { store, files: listed.collect() });
    let context = session::context(threads, memory)?;
    let url = datafusion::datasource::listing::ListingTableUrl::parse(&root)
        .map_err(|error| Error::Query(Box::new(error)))?;
    context.register_object_store(url.object_store().as_ref(), edition);
    let folder = format!("{root}/{}", below(&format!("{}/{TABLES}", manifest.folder)));
    session::register_tidy(&context, &format!("{folder}/{}", iapt_tidy::TIDY)).await?;
    for file in tables {
        let name = file.path.strip_prefix(TABLES).unwrap_or_default();
        if let Some(table) = session::table_name(std::path::Path::new(name)).filter(|_| !name.contains('/')) {
            session::register(&context, table, &format!("{folder}/{name}")).await?;
        }
    }
    Ok(context)
}

/// The files of one edition, to read and nothing else.
#[derive(Debug)]
struct Edition {
    store: Arc<dyn ObjectStore>,
    files: Vec<ObjectMeta>,
}

impl Edition {
    fn below(&self, prefix: Option<&ObjectPath>) -> Vec<ObjectMeta> {
        let is_below = |file: &&ObjectMeta| prefix.is_none_or(|prefix| file.location.prefix_matches(prefix));
        self.files.iter().filter(is_below).cloned().collect()
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} files of {}", self.files.len(), self.store)
    }
}

fn only_read<T>() -> StoreResult<T> {
    Err(object_store::Error::NotImplemented {
        operation: "writing".to_owned(),
        implementer: "a published edition".to_owned(),
    })
}

#[async_trait]
impl ObjectStore for Edition {
    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> StoreResult<GetResult> {
        self.store.get_opts(location, options).await
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        stream::iter(self.below(prefix).into_iter().map(Ok)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> StoreResult<ListResult> {
        let depth = prefix.map_or(0, |prefix| prefix.parts().count());
        let mut found = ListResult { common_prefixes: Vec::new(), objects: Vec::new() };
        for file in self.below(prefix) {
            let parts: Vec<_> = file.location.parts().collect();
            if parts.len() == depth + 1 {
                found.objects.push(file);
            } else {
                found.common_prefixes.push(parts.into_iter().take(depth + 1).collect());
            }
        }
        found.common_prefixes.sort();
        found.common_prefixes.dedup();
        Ok(found)
    }

    async fn put_opts(&self, _: &ObjectPath, _: PutPayload, _: PutOptions) -> StoreResult<PutResult> {
        only_read()
    }

    async fn put_multipart_opts(
        &self,
        _: &ObjectPath,
        _: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        only_read()
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, StoreResult<ObjectPath>>,
    ) -> BoxStream<'static, StoreResult<ObjectPath>> {
        stream::once(async { only_read() }).boxed()
    }

    async fn copy_opts(&self, _: &ObjectPath, _: &ObjectPath, _: CopyOptions) -> StoreResult<()> {
        only_read()
    }
}
