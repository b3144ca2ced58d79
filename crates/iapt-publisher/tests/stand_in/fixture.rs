//! A project of two periods whose headers drift, in a folder of its own, and readers for the packs of it.

use std::{io::Read, path::Path, sync::Arc};

use iapt_model::{Project, Release};
use iapt_publisher::{Error, StandIn};
use tempfile::TempDir;

/// The files of the project, from `pipelines` on.
const FILES: &[(&str, &str)] = &[
    ("tables.csv", "table,title,row,key,columns\n"),
    ("table_columns.csv", "column,table,kind,unit,description\n"),
    ("claims.csv", "claim,statement,who,source,said,reporting_period,stated,unit,tolerance,sql,note\n"),
    ("claim_figures.csv", "figure,value,source\n"),
    (
        "cohorts.csv",
        "cohort,parent,label,definition
received,,Received,Referrals received.
",
    ),
    (
        "measures.csv",
        "measure,statistic,unit,cohort,label,definition,source,note
referrals_received,count,referrals,received,Received,Received.,Us,
second_treatment,count,referrals,received,Second,Second.,Us,
recovery,percentage,percent,received,Recovery,Recovery.,Us,
",
    ),
    ("breakdowns.csv", "breakdown,compared_by,is_below_boards,note\n"),
    (
        "categories.csv",
        "variable_type,variable_a,variable_b,breakdown,category,category_order,is_stated,first_period,last_period,note
",
    ),
    (
        "organisation_types.csv",
        "org_type,level,parent_level,sole_org_code,org_kind,has_groups,label,label_plural,note
",
    ),
    (
        "organisations.csv",
        "org_code,level,org_name,kind,valid_from,valid_to,parent,successor,note
",
    ),
    ("table_values.csv", "column,table,values\n"),
    ("table_required.csv", "table,columns\n"),
    ("table_references.csv", "table,columns,references,reference_columns\n"),
    ("indicators.toml", "minimum_denominator = 100\noutcome_theme = \"outcome\"\npredictor_themes = []\n"),
    (
        "unused_measures.csv",
        "measure,statistic,reason
referrals_received,count,A fixture.
second_treatment,count,A fixture.
recovery,percentage,A fixture.
",
    ),
    (
        "annual/dataset.toml",
        r#"title = "Annual"
publisher = "Us"
licence = "OGL-UK-3.0"
licence_url = "https://example.org/licence"
attribution = "Us."
landing_page = "https://example.org/"
hosts = ["files.example.org"]

[markers]
"*" = "suppressed"
"NULL" = "not_applicable"

[disclosure]
exact_org_types = ["England"]
count_rounded_to = 5
percentage_half_width = 0.5
exact_percentage_half_width = 0.05
"#,
    ),
    (
        "annual/releases.toml",
        r#"[[release]]
period = "2017-18"
edition = 1
url = "https://files.example.org/82/2CCBED/annual-2017-18.zip"
format = "zip"

[release.files]
main = "main-2017-18.csv"

[[release]]
period = "2018-19"
edition = 1
url = "https://files.example.org/88/EBA9A6/annual%202018-19.rar"
format = "rar"

[release.files]
main = "main-2018-19-v2.csv"

[[release]]
period = "2019-20"
edition = 1
url = "https://files.example.org/1A/F2ABB3/annual-2019-20.zip"
format = "zip"

[release.files]
main = "main-2019-20.csv"
"#,
    ),
    (
        "annual/columns.csv",
        "file,published_column,first_period,last_period,role,name,statistic,note
main,OrgType,2017-18,,key,org_type,,
main,OrgCode,2017-18,,key,org_code,,
main,OrgName,2017-18,,key,org_name,,
main,VariableType,2017-18,,key,variable_type,,
main,VariableA,2017-18,,key,variable_a,,
main,VariableB,2017-18,,key,variable_b,,
main,CountReceived,2017-18,2017-18,measure,referrals_received,count,
main,Count_Received,2018-19,,measure,referrals_received,count,
main,Count_Second,2018-19,,measure,second_treatment,count,
main,Percentage_Recovery,2017-18,,measure,recovery,percentage,
main,Filler,2018-19,,ignore,,,Nobody knows.
",
    ),
    (
        "annual/headers.csv",
        "file,period,position,column
main,2017-18,1,OrgType
main,2017-18,2,OrgCode
main,2017-18,3,OrgName
main,2017-18,4,VariableType
main,2017-18,5,VariableA
main,2017-18,6,VariableB
main,2017-18,7,CountReceived
main,2017-18,8,Percentage_Recovery
main,2018-19,1,OrgCode
main,2018-19,2,OrgType
main,2018-19,3,OrgName
main,2018-19,4,VariableType
main,2018-19,5,VariableA
main,2018-19,6,VariableB
main,2018-19,7,Filler
main,2018-19,8,Percentage_Recovery
main,2018-19,9,Count_Second
main,2018-19,10,Count_Received
",
    ),
    ("annual/expected.csv", "file,period,measure,statistic,value,source\n"),
    (
        "annual/sources.csv",
        "source,kind,citation,url,licence\nmain,published_file,Main file,,OGL\nnews,publisher_statement,\"News, later\",,Quoted\n",
    ),
    ("annual/figures.csv", FIGURES),
];

/// The table of figures: two sources for England in the first period.
pub(crate) const FIGURES: &str = "\
reporting_period,org_type,org_code,org_name,variable_type,variable_a,variable_b,source,count_referrals_received,count_second_treatment,percentage_recovery
2017-18,England,All,All,Total,NULL,NULL,main,1439957,,
2017-18,CCG,00C,\"NHS \"\"DARLINGTON\"\", NORTH\",Total,NULL,NULL,main,*,,47
2018-19,England,All,All,Total,NULL,NULL,main,1603643,12,52.1
2017-18,England,All,All,Total,NULL,NULL,news,,,50.8
2018-19,CCG,00C,NHS DARLINGTON,Waiting Time,First treatment,<6 weeks,main,,NULL,
";

/// What each pack of the fixture holds.
pub(crate) const EXPECTED_ZIP: &str = "\
OrgType,OrgCode,OrgName,VariableType,VariableA,VariableB,CountReceived,Percentage_Recovery
England,All,All,Total,NULL,NULL,1439957,50.8
CCG,00C,\"NHS \"\"DARLINGTON\"\", NORTH\",Total,NULL,NULL,*,47
";
pub(crate) const EXPECTED_RAR: &str = "\
OrgCode,OrgType,OrgName,VariableType,VariableA,VariableB,Filler,Percentage_Recovery,Count_Second,Count_Received
All,England,All,Total,NULL,NULL,NULL,52.1,12,1603643
00C,CCG,NHS DARLINGTON,Waiting Time,First treatment,<6 weeks,NULL,NULL,NULL,NULL
";

/// Where the packs of the fixture stand.
pub(crate) const ZIP_PATH: &str = "/82/2CCBED/annual-2017-18.zip";
pub(crate) const RAR_PATH: &str = "/88/EBA9A6/annual 2018-19.rar";

/// The project with some of its files replaced.
pub(crate) fn project(replaced: &[(&str, &str)]) -> (TempDir, Project) {
    let folder = TempDir::new().unwrap();
    for (name, text) in FILES {
        let text = replaced.iter().find(|(other, _)| other == name).map_or(*text, |(_, text)| text);
        let path = folder.path().join("pipelines").join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let project = Project::load(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    (folder, project)
}

/// A file of the fixture with a piece of text replaced.
pub(crate) fn edited(name: &str, from: &str, to: &str) -> String {
    let (_, text) = FILES.iter().find(|(other, _)| *other == name).unwrap();
    assert!(text.contains(from), "{name}: {from}");
    text.replace(from, to)
}

/// The stand-in of the project with some of its files replaced.
pub(crate) fn stand_in(replaced: &[(&str, &str)]) -> Result<Arc<StandIn>, Error> {
    let (_folder, project) = project(replaced);
    StandIn::load(&project).map(Arc::new)
}

/// The release of a period.
pub(crate) fn release(stand_in: &StandIn, period: &str) -> Release {
    stand_in.releases().find(|release| release.period.to_string() == period).unwrap().clone()
}

/// The names and bytes in a pack, read by its content.
pub(crate) fn members(pack: &[u8]) -> Vec<(String, Vec<u8>)> {
    if pack.starts_with(b"Rar!") {
        let archive = rars::ArchiveReader::read(pack).unwrap();
        let names: Vec<Vec<u8>> = archive.member_refs().map(|member| member.name_bytes().to_vec()).collect();
        let read = |(index, name)| {
            (String::from_utf8(name).unwrap(), archive.read_member_at(index, None).unwrap().unwrap())
        };
        return names.into_iter().enumerate().map(read).collect();
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(pack)).unwrap();
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        members.push((member.name().unwrap().into_owned(), bytes));
    }
    members
}

/// The one member of a pack, as text.
pub(crate) fn text(pack: &[u8]) -> String {
    let mut members = members(pack);
    assert_eq!(members.len(), 1);
    String::from_utf8(members.remove(0).1).unwrap()
}

/// The folder of this checkout.
pub(crate) fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}
