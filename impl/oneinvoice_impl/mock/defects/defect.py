"""Define a defect in one place: a decorated function that breaks something, and says so in its docstring.

The command line and the proof of the suite find it by its being in a module of this folder. Such as::

    @defect("ERR-1", changes_answer)
    def bad_limit_crashes(request: Request, answer: Answer) -> None:
        "A bad limit gets 500."
        if answer.status == HTTPStatus.BAD_REQUEST and "limit" in request.query_params:
            answer.become(HTTPStatus.INTERNAL_SERVER_ERROR)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from oneinvoice_impl.server.components import Components

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Defect:
    """A way to break one requirement: its name, the requirement's id, a sentence, and the component that does it."""

    name: str
    requirement: str
    sentence: str
    components: Components


@overload
def defect(requirement: str) -> Callable[[Callable[[], Components]], Defect]: ...
@overload
def defect(requirement: str, build: Callable[[F], Components]) -> Callable[[F], Defect]: ...
def defect(requirement: str, build: Callable[[Any], Components] = lambda function: function()) -> Any:
    """Make a defect of a function that returns components, or of which `build` makes them.

    It is called as the function is, and its sentence is the function's docstring.
    """

    def make(function: Callable[..., Any]) -> Defect:
        sentence = function.__doc__
        assert sentence, "the docstring says what it does"
        name = function.__name__.replace("_", "-")
        return Defect(name, requirement, sentence, build(function))

    return make
