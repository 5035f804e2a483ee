from django.apps import AppConfig


class AirspaceConfig(AppConfig):
    name = "airspace"
    default_auto_field = "django.db.models.BigAutoField"
