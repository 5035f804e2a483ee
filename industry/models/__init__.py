"""Rows of industry."""

from industry.models.catalogue import Model, ModelVersion
from industry.models.factory import Factory, Machine, UnknownMachines, Workload
from industry.models.job import OPEN_STATES, Job, JobKind, JobState
from industry.models.reading import Reading, Score, plain_machine
from industry.models.vehicle import Vehicle

__all__ = [
    "OPEN_STATES",
    "Factory",
    "Job",
    "JobKind",
    "JobState",
    "Machine",
    "Model",
    "ModelVersion",
    "Reading",
    "Score",
    "UnknownMachines",
    "Vehicle",
    "Workload",
    "plain_machine",
]
