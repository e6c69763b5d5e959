"""The page of a promotion decision: the verdict, and each rule with its value."""

from __future__ import annotations

from tagstack.policy import PromotionDecision
from tagstack.report.blocks import Block, Cell, Mark, Note, Pairs, TableBlock
from tagstack.report.formats import plural
from tagstack.report.page import render_page


def render_decision(decision: PromotionDecision) -> str:
    """Render the page of a promotion decision."""
    judged = f"Model {decision.model_sha256[:12]} on {plural(decision.questions, 'test question')}"
    against = f"against champion {decision.champion}" if decision.champion else "without a champion to compare with"
    blocks: list[Block] = [_verdict(decision), _rules(decision), _inputs(decision)]
    return render_page("Promotion decision", f"{judged}, {against}.", blocks)


def _verdict(decision: PromotionDecision) -> Note:
    if decision.accepted:
        passed = f"{len(decision.rules)} of {plural(len(decision.rules), 'rule')} passed"
        return Note("good", "Accepted", f"{passed}: the policy accepts the model.")
    failed = [f"{rule.name}: {rule.reason}" for rule in decision.rules if not rule.passed]
    text = f"{len(failed)} of {plural(len(decision.rules), 'rule')} failed: the policy refuses the model."
    return Note("bad", "Refused", text, failed)


def _rules(decision: PromotionDecision) -> TableBlock:
    rows: list[list[Cell]] = [
        [
            rule.name.replace("_", " ").capitalize(),
            Mark("passed", "good") if rule.passed else Mark("failed", "bad"),
            rule.value,
            rule.threshold,
            rule.reason,
        ]
        for rule in decision.rules
    ]
    header = ["Rule", "Result", "Value", "Threshold", "Reason"]
    return TableBlock("Rules of the policy", header, rows, empty="The policy has no rule.")


def _inputs(decision: PromotionDecision) -> Pairs:
    return Pairs("Rests on", [
        ("Model (SHA-256)", decision.model_sha256),
        ("Champion", decision.champion or "none"),
        ("Test questions", decision.questions),
    ])  # fmt: skip
