"""Sampling parameters: conversion from single parameters to the groups that jobs and the core take."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from tokstats_parallel.config.job import Job
from tokstats_parallel.sampling import PoolSize, TextRule, VocabularyLaw

GROUPS = {"texts": TextRule, "pool_size": PoolSize, "vocabulary": VocabularyLaw}
NAMES = {group: tuple(field.name for field in fields(kind)) for group, kind in GROUPS.items()}


def grouped(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values, with the parameters of a group replaced by the group if all that it needs are there."""
    rest = dict(values)
    for group, kind in GROUPS.items():
        if rest.keys() >= {field.name for field in fields(kind) if field.default is MISSING}:
            rest[group] = kind(**{name: rest.pop(name) for name in NAMES[group] if name in rest})
    return rest


def changed(job: Job, **changes: Any) -> Job:
    """Returns a copy of `job` with changed values; parameters of a group have their own names (`span`, `size_mean`)."""
    for group, names in NAMES.items():
        if inside := {name: changes.pop(name) for name in names if name in changes}:
            changes[group] = replace(getattr(job, group), **inside)
    return replace(job, **changes)
