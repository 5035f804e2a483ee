from django.urls import URLPattern, URLResolver, path

from industry.views import catalogue, factory, job, machine, pages, vehicle

app_name = "industry"
urlpatterns: list[URLPattern | URLResolver] = [
    path("industry", pages.FactoriesPage.as_view(), name="factories"),
    path("industry/factories/<slug:slug>", pages.FactoryPage.as_view(), name="factory"),
    path("models", pages.ModelsPage.as_view(), name="models"),
    path("api/v1/factories", factory.FactoryListView.as_view(), name="api-factories"),
    path("api/v1/factories/<slug:slug>", factory.FactoryView.as_view(), name="api-factory"),
    path("api/v1/factories/<slug:slug>/readings", factory.ReadingsView.as_view(), name="api-readings"),
    path("api/v1/factories/<slug:slug>/machines/<int:pk>", machine.MachineView.as_view(), name="api-machine"),
    path("api/v1/factories/<slug:slug>/machines/<int:pk>/risks", machine.RiskHistoryView.as_view(), name="api-risks"),
    path(
        "api/v1/factories/<slug:slug>/machines/<int:pk>/timeline",
        machine.MachineTimelineView.as_view(),
        name="api-machine-timeline",
    ),
    path("api/v1/factories/<slug:slug>/workloads/<int:pk>", factory.WorkloadView.as_view(), name="api-workload"),
    path("api/v1/factories/<slug:slug>/vehicle-states", vehicle.VehicleStatesView.as_view(), name="api-vehicle-states"),
    path("api/v1/vehicles", vehicle.VehicleListView.as_view(), name="api-vehicles"),
    path("api/v1/vehicles/<int:pk>", vehicle.VehicleView.as_view(), name="api-vehicle"),
    path("api/v1/scores", factory.ScoreListView.as_view(), name="api-scores"),
    path("api/v1/jobs", job.JobListView.as_view(), name="api-jobs"),
    path("api/v1/jobs/<uuid:pk>", job.JobView.as_view(), name="api-job"),
    path("api/v1/models", catalogue.ModelListView.as_view(), name="api-models"),
    path("api/v1/models/<slug:name>", catalogue.ModelView.as_view(), name="api-model"),
]
