"""The description of the API for people, made from the one for programs.

Plain HTML of our own: the usual viewers load scripts from other hosts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from app.web.caching import of_the_site, public_page

bp = Blueprint("api_docs", __name__)

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter or field."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    needs_token: bool
    parameters: list[Row]
    fields: list[Row]  # of the body that is sent
    answers: list[tuple[str, str, str]]  # (status, words, name of the shape)


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON object that is answered."""

    name: str
    fields: list[Row]


@bp.get("/api/docs")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    spec = current_app.extensions["api"].spec.to_dict()
    schemas = spec["components"]["schemas"]
    sent = ("NewEntry", "ChangedEntry", "NewComment")  # shown with their operation
    return render_template(
        "api/docs.html",
        title=spec["info"]["title"],
        operations=list(operations_of(spec)),
        shapes=[
            Shape(name, rows_of(schema, schemas))
            for name, schema in schemas.items()
            if name not in sent
        ],
    )


def operations_of(spec: dict[str, Any]) -> list[Operation]:
    """Every operation, in the order of the description."""
    found = []
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                found.append(operation_of(spec, path, item, method))
    return found


def operation_of(spec: dict[str, Any], path: str, item: dict[str, Any], method: str) -> Operation:
    told = item[method]
    schemas = spec["components"]["schemas"]
    parameters = [*item.get("parameters", []), *told.get("parameters", [])]
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        description=told.get("description", ""),
        needs_token={} not in told["security"],
        parameters=[
            Row(
                one["name"],
                type_of(one.get("schema", {})),
                bool(one.get("required")),
                one.get("description", ""),
            )
            for one in parameters
        ],
        fields=rows_of(body.get("schema", {}), schemas),
        answers=sorted(answer_of(spec, status, one) for status, one in told["responses"].items()),
    )


def answer_of(spec: dict[str, Any], status: str, told: dict[str, Any]) -> tuple[str, str, str]:
    """(status, words, name of the shape) of one answer."""
    if "$ref" in told:
        told = spec["components"]["responses"][name_in(told["$ref"])]
    schema = told.get("content", {}).get("application/json", {}).get("schema", {})
    return status, told.get("description", ""), name_in(schema.get("$ref", ""))


def rows_of(schema: dict[str, Any], schemas: dict[str, Any]) -> list[Row]:
    """The fields of an object."""
    if "$ref" in schema:
        schema = schemas[name_in(schema["$ref"])]
    needed = schema.get("required", [])
    return [
        Row(name, type_of(field), name in needed, field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]


def type_of(schema: dict[str, Any]) -> str:
    """The type of a field in a few words: string, integer[], EntryCard[], draft | published."""
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"] if one is not None)
    if "$ref" in schema:
        return name_in(schema["$ref"])
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " | ".join(type_of(one) for one in schema[several])
    if schema.get("type") == "array":
        inner = type_of(schema.get("items", {}))
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    return str(schema.get("format") or schema.get("type") or "object")


def name_in(reference: str) -> str:
    return reference.rpartition("/")[2]
