from django.urls import URLPattern, URLResolver

app_name = "airspace"
urlpatterns: list[URLPattern | URLResolver] = []
