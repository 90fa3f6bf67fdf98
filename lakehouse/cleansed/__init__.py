"""The cleansed zone: typed, normalized, checked rows of an entity, with their history."""
