"""The model catalogue on the wire."""

from rest_framework import serializers

from industry.models import Model, ModelVersion


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """A version with its card."""

    class Meta:
        model = ModelVersion
        fields = ["number", "sha256", "registered_at", "card"]


class ModelSerializer(serializers.ModelSerializer[Model]):
    """A model with its versions, newest first."""

    versions = ModelVersionSerializer(many=True, read_only=True)

    class Meta:
        model = Model
        fields = ["name", "title_en", "title_zh", "versions"]
