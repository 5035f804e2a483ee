from django.apps import AppConfig


class IndustryConfig(AppConfig):
    name = "industry"
    default_auto_field = "django.db.models.BigAutoField"
