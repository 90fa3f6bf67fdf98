"""conf/ -> the settings of a lake, or every finding at once; free of Spark, for `validate` must not wait."""
