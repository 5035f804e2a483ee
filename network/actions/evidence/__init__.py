"""Evidence maps: asked for, worked out as a sheet, drawn as a document and a picture, kept for a while."""
