"""Months of the size that the publisher's have, from the built-in ones: for time and memory, never for figures.

The publisher's month of April 2026 has 296,326 rows: England, 7 regions, 106 sub-ICB locations, their providers, and every pair of a
location and a provider. The built-in months have England and the providers. Here every provider is spread over made-up
locations until a month has as many rows; the locations and the regions are sums of these. Counts are rounded to 5, and those
below are withheld.
"""

import csv
import io
import pathlib
import tomllib

ROWS = 296_326
LOCATIONS = [f"{i:02d}{'ABCDEFGHJK'[i % 10]}" for i in range(1, 107)]
REGIONS = [f"Y{i}" for i in range(56, 63)]
KIND, CODE, NAME, PROVIDER, PROVIDER_NAME, MEASURE, LABEL, VALUE = range(2, 10)
DATES = slice(0, KIND)


def kept_months(data):
    """The address and the text of every month that is kept as a bare table, the oldest first."""
    folder = pathlib.Path(data, "snapshots")
    lock = tomllib.loads((folder / "lock.toml").read_text("utf-8"))
    for kept in sorted(lock["snapshot"], key=lambda kept: kept["period"]):
        content = (folder / "objects" / kept["sha256"]).read_bytes()
        if kept["dataset"] == "talking_therapies_monthly" and not content.startswith(b"PK"):
            yield kept["url"], content.decode("utf-8-sig")


def printed(number):
    return "*" if number < 5 else str(int(5 * ((number + 2.5) // 5)))


def spread(text):
    """The same month with the rows of locations, regions, and providers in locations."""
    reader = csv.reader(io.StringIO(text))
    header, *rows = reader
    providers = [row for row in rows if row[KIND] == "Provider"]
    place = {code: i for i, code in enumerate(sorted({row[PROVIDER] for row in providers}))}
    n_measures = len({row[MEASURE] for row in providers})
    share_of = round((ROWS - len(rows) - (len(LOCATIONS) + len(REGIONS)) * n_measures) / len(providers))
    sums, made = {}, []
    for row in providers:
        is_count = row[LABEL].startswith("Count_") and row[VALUE].replace(".", "", 1).isdigit()
        share = float(row[VALUE]) / share_of if is_count else None
        value = row[VALUE] if share is None else printed(share)
        for k in range(share_of):
            i = (place[row[PROVIDER]] * share_of + k) % len(LOCATIONS)
            location = ["SubICB", LOCATIONS[i], f"NHS MADE UP - {LOCATIONS[i]}"]
            pair = ["SubICB/Provider", *location[1:], *row[PROVIDER:VALUE]]
            made.append([*row[DATES], *pair, value])
            if share is not None:
                region = ["CommissioningRegion", REGIONS[i % len(REGIONS)], "MADE UP COMMISSIONING REGION"]
                for above in (tuple(location), tuple(region)):
                    key = (*above, *row[MEASURE:VALUE])
                    sums[key] = sums.get(key, 0.0) + share
    for (kind, code, name, *measure), total in sums.items():
        made.append([*rows[0][DATES], kind, code, name, "all", "all Providers", *measure, printed(total)])
    # As the publisher prints them (the real rows of April 2026): those of one organisation together, measure after measure.
    made.sort(key=lambda row: row[KIND:MEASURE])
    return header, rows + made


def make(data, out, number):
    """Writes the last `number` months at the publisher's paths; says how many rows there are in how many months."""
    months = list(kept_months(data))[-number:]
    n_rows = 0
    for url, text in months:
        header, rows = spread(text)
        target = pathlib.Path(out, *url.split("/")[3:])
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(header)
            writer.writerows(rows)
        n_rows += len(rows)
    return n_rows, len(months)
