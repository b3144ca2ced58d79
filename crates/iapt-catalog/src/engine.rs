//! What runs the SQL over the tidy table: this process, or a cluster.

use std::path::Path;

use datafusion::prelude::SessionContext;

#[cfg(feature = "ballista")]
use crate::cluster::Cluster;
use crate::{Error, session};

/// What runs the SQL over the tables. The same SQL gives the same rows on each.
#[derive(Clone, Debug, Default)]
pub enum Engine {
    /// DataFusion in this process.
    #[default]
    Local,
    /// A cluster of DataFusion Ballista.
    #[cfg(feature = "ballista")]
    Cluster(Cluster),
}

impl Engine {
    /// The engine that is called `local` or `ballista://HOST:PORT`. Executors of a cluster read the tables in the folder,
    /// under the very path that it has here, or in `store`, `s3://BUCKET/PREFIX`, where this process puts them.
    ///
    /// # Errors
    ///
    /// [`Error::NoEngine`], [`Error::NoStore`] and [`Error::StoreAlone`] for what is no such name;
    /// [`Error::WithoutClusters`] when this program was built without the feature `ballista`.
    pub fn new(engine: &str, store: Option<&str>) -> Result<Self, Error> {
        match (engine, store) {
            ("local", None) => Ok(Self::Local),
            ("local", Some(store)) => Err(Error::StoreAlone { store: store.to_owned() }),
            (cluster, store) if cluster.starts_with("ballista://") => Self::cluster(cluster, store),
            (other, _) => Err(Error::NoEngine { engine: other.to_owned() }),
        }
    }

    #[cfg(feature = "ballista")]
    fn cluster(engine: &str, store: Option<&str>) -> Result<Self, Error> {
        Cluster::new(engine, store).map(Self::Cluster)
    }

    #[cfg(not(feature = "ballista"))]
    fn cluster(engine: &str, _: Option<&str>) -> Result<Self, Error> {
        Err(Error::WithoutClusters { engine: engine.to_owned() })
    }

    /// Opens every table below `tables`, as [`session::open`] does.
    pub async fn open(
        &self,
        tables: &Path,
        threads: usize,
        memory: Option<usize>,
    ) -> Result<SessionContext, Error> {
        match self {
            Self::Local => session::open(tables, threads, memory).await,
            #[cfg(feature = "ballista")]
            Self::Cluster(cluster) => cluster.open(tables).await,
        }
    }

    /// Prepares a session for queries that have nearly as many groups as rows. Every thread would hold nearly all of them,
    /// and then hand them to the one that has them in the end; here they are handed on at once. A cluster adds up first
    /// what would have to travel. One thread would sort the two sides of a union apart, only to merge them.
    pub async fn expect_many_groups(&self, context: &SessionContext) -> Result<(), Error> {
        match self {
            Self::Local => {
                let are_sorted_apart = context.copied_config().target_partitions() > 1;
                for set in [
                    "execution.skip_partial_aggregation_probe_ratio_threshold = 0".to_owned(),
                    "execution.skip_partial_aggregation_probe_rows_threshold = 0".to_owned(),
                    format!("optimizer.repartition_sorts = {are_sorted_apart}"),
                ] {
                    let set = context.sql(&format!("SET datafusion.{set}")).await;
                    set.map_err(|error| Error::Query(Box::new(error)))?;
                }
                Ok(())
            }
            #[cfg(feature = "ballista")]
            Self::Cluster(_) => Ok(()),
        }
    }

    /// Prepares a session for queries that want few of the rows that they look at.
    pub async fn expect_few_rows(&self, context: &SessionContext) -> Result<(), Error> {
        match self {
            Self::Local => session::expect_few_rows(context).await,
            #[cfg(feature = "ballista")]
            Self::Cluster(_) => Ok(()),
        }
    }

    /// Opens one more table, whose file has been written below `tables` since.
    pub async fn add(&self, context: &SessionContext, tables: &Path, table: &str) -> Result<(), Error> {
        match self {
            Self::Local => {
                let file = session::location(&session::table_file(tables, table))?;
                session::register(context, table, &file).await
            }
            #[cfg(feature = "ballista")]
            Self::Cluster(cluster) => cluster.add(context, tables, table).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::Engine;

    fn check(engine: &str, store: Option<&str>, expected: &Expect) {
        let told = match Engine::new(engine, store) {
            Ok(_) => "an engine".to_owned(),
            Err(error) => format!("{error}; {}", error.hint().unwrap_or_default()),
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn engines_are_told_by_their_names() {
        check("local", None, &expect!["an engine"]);
        check(
            "spark://host:1",
            None,
            &expect!["unknown engine `spark://host:1`; --engine local, or ballista://HOST:PORT"],
        );
        check(
            "local",
            Some("s3://bucket"),
            &expect![
                "the store `s3://bucket` is for the executors of a cluster, and the engine is local; --store goes with --engine ballista://HOST:PORT"
            ],
        );
    }

    #[cfg(not(feature = "ballista"))]
    #[test]
    fn a_program_without_clusters_says_how_to_build_one_with_them() {
        check(
            "ballista://host:50050",
            None,
            &expect![
                "this program was built without support for `ballista://host:50050`; cargo run -p iapt --features ballista -- and what you typed after `iapt`"
            ],
        );
    }

    #[cfg(feature = "ballista")]
    #[test]
    fn a_cluster_has_a_host_and_a_port_and_a_store_a_bucket() {
        check("ballista://host:50050", None, &expect!["an engine"]);
        check("ballista://[::1]:50050/", Some("s3://bucket/a/prefix"), &expect!["an engine"]);
        check(
            "ballista://host",
            None,
            &expect!["unknown engine `ballista://host`; --engine local, or ballista://HOST:PORT"],
        );
        check(
            "ballista://host:0",
            None,
            &expect!["unknown engine `ballista://host:0`; --engine local, or ballista://HOST:PORT"],
        );
        check(
            "ballista://:50050",
            None,
            &expect!["unknown engine `ballista://:50050`; --engine local, or ballista://HOST:PORT"],
        );
        check(
            "ballista://host:50050/path",
            None,
            &expect!["unknown engine `ballista://host:50050/path`; --engine local, or ballista://HOST:PORT"],
        );
        check(
            "ballista://host:50050",
            Some("s3:///prefix"),
            &expect!["unknown store `s3:///prefix`; --store s3://BUCKET/PREFIX"],
        );
        check(
            "ballista://host:50050",
            Some("/folder"),
            &expect!["unknown store `/folder`; --store s3://BUCKET/PREFIX"],
        );
    }
}
