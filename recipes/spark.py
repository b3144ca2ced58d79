from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
spark.read.parquet("data/tables/indicators.parquet").createOrReplaceTempView("indicators")
spark.read.parquet("data/tables/tidy").createOrReplaceTempView("tidy")

# The recovery rate of one integrated care board beside England's, every year that has both.
rates = spark.sql("""
    SELECT area.reporting_period, round(england.value, 1) AS england, round(area.value, 1) AS area
    FROM indicators AS area
    JOIN indicators AS england USING (dataset, reporting_period, breakdown, category, indicator)
    WHERE area.indicator = 'recovery_rate' AND area.breakdown = 'total' AND area.dataset = 'psych_ther_annual'
      AND area.level = 'icb' AND area.org_code = 'QHM' AND england.level = 'england'
    ORDER BY area.reporting_period
""")
print(rates.toPandas().to_csv(index=False))

# Cells of one year by status, from the partitions of the tidy table.
cells = spark.sql("""
    SELECT value_status, count(*) AS n_cells
    FROM tidy
    WHERE dataset = 'psych_ther_annual' AND reporting_period = '2024-25'
    GROUP BY value_status
    ORDER BY value_status
""")
print(cells.toPandas().to_csv(index=False))
