"""What a label hands on to what stands behind its colon: "Denies: …", "Go to the ER if: …; …"."""

from __future__ import annotations

from knowledge.text.before import Scan
from knowledge.text.passage import Passage, parts_of
from knowledge.text.reach import Header


class Headers:
    """The headers of one text's clauses, each looked up once."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._sets = passage.cues.words
        self._found: dict[int, Header | None] = {}

    def of(self, number: int) -> Header | None:
        """The header of a clause: the label's, and down the items of a list."""
        clauses = self._passage.clauses
        walked: list[int] = []
        while number not in self._found:
            walked.append(number)
            if self._is_alternative(number):
                self._found[number] = self._condition(number)
            elif clauses[number].opener != "•" and not self._only_parts(number):
                self._found[number] = self._label(number)
            else:
                number -= 1
        found = self._found[number]
        self._found.update(dict.fromkeys(walked, found))
        return found

    def _only_parts(self, number: int) -> bool:
        """Whether a semicolon only parts a list: "Return if: …; …", not a statement of its own."""
        clause = self._passage.clauses[number]
        if clause.opener != ";" or clause.start == clause.end:
            return False
        if self._passage.words[clause.start] in self._sets["new-statement"]:
            return False
        return not parts_of(self._passage, clause).timed

    def _is_alternative(self, number: int) -> bool:
        """Whether a semicolon stands before "or": "If you cannot pass urine; or …"."""
        clause = self._passage.clauses[number]
        if clause.opener != ";" or clause.start == clause.end:
            return False
        return self._passage.words[clause.start] in self._sets["joiners"]

    def _condition(self, number: int) -> Header | None:
        """The condition that holds over the semicolons before this clause."""
        nearest = max(0, number - self._passage.cues.limits["after"])
        for before in range(number - 1, nearest - 1, -1):
            scan = self._scan(before)
            scan.run(self.of(before) if before > nearest else None)
            found = scan.lasting()
            if found is not None or not self._only_parts(before):
                return found
        return None

    def _label(self, number: int) -> Header | None:
        """That before the colon that opens this clause, if it is no answer itself."""
        clauses = self._passage.clauses
        if not number or clauses[number].opener != ":":
            return None
        label = clauses[number - 1]
        if label.opener == ":" or label.start == label.end:
            return None
        return self._scan(number - 1).run()

    def _scan(self, number: int) -> Scan:
        clause = self._passage.clauses[number]
        return Scan(self._passage, clause, parts_of(self._passage, clause))
