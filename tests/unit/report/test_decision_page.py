from lxml import html

from tagstack.policy import PromotionDecision, RuleResult
from tagstack.report.decision_page import render_decision

FLOOR = RuleResult(name="floor micro_f1", value=0.58, threshold=0.35, passed=True, reason="micro_f1 0.580 is not below")
LOSS = RuleResult(name="no loss", value=-0.021, threshold=-0.01, passed=False, reason="<script>worse</script>")
ACCEPTED = PromotionDecision(verdict="accepted", rules=(FLOOR,), model_sha256="ab" * 32, champion=None, questions=6439)
REFUSED = PromotionDecision(
    verdict="refused", rules=(FLOOR, LOSS), model_sha256="ab" * 32, champion="<b>7</b>", questions=1
)


def page(decision):
    return html.document_fromstring(render_decision(decision))


def test_an_accepted_model_has_a_good_banner():
    banner = page(ACCEPTED).xpath("//div[@class='note good']")[0].text_content()
    assert "Accepted" in banner
    assert "1 of 1 rule passed" in banner


def test_a_refused_model_names_the_failed_rules_in_the_banner():
    shown = page(REFUSED)
    banner = shown.xpath("//div[@class='note bad']")[0]
    assert "1 of 2 rules failed" in banner.text_content()
    assert banner.xpath(".//li/text()") == ["no loss: <script>worse</script>"]
    assert not shown.xpath("//script | //main//b")


def test_each_rule_is_shown_with_result_value_threshold_and_reason():
    rows = page(REFUSED).xpath("//table[caption='Rules of the policy']/tbody/tr")
    cells = [[cell.text_content() for cell in row] for row in rows]
    assert cells[0] == ["Floor micro f1", "passed", "0.580", "0.350", "micro_f1 0.580 is not below"]
    assert cells[1][:4] == ["No loss", "failed", "−0.021", "−0.010"]


def test_the_champion_is_named_or_said_to_be_missing():
    assert "against champion <b>7</b>" in page(REFUSED).text_content()
    assert "without a champion" in page(ACCEPTED).text_content()


def test_a_policy_without_rules_has_a_page():
    assert "The policy has no rule." in page(ACCEPTED.model_copy(update={"rules": ()})).text_content()
