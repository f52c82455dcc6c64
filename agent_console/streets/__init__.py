"""The gazetteer and the town's map."""
