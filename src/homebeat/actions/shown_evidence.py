"""What somebody sees of how alerts were answered: whoever may see no alert gets no small count."""

from __future__ import annotations

from homebeat.domain.principal import Principal
from homebeat.domain.role import SMALLEST_TOTAL, Field, Operation, When
from homebeat.domain.scope import Scope
from homebeat.evidence.masking import hide_contacts, hide_small
from homebeat.evidence.model_report import ModelReport, hide_small_models
from homebeat.evidence.report import EvidenceReport


def sees_small_counts(principal: Principal, scope: Scope) -> bool:
    """Whether they may see alerts wherever they see totals. Of roles in several areas the narrowest counts."""
    return principal.find_scope(Operation.READ_ALERTS) == scope


def mask_models(report: ModelReport, principal: Principal, scope: Scope) -> ModelReport:
    """Hide what the roles of whoever asks do not show; `scope` is where they see totals."""
    return report if sees_small_counts(principal, scope) else hide_small_models(report, SMALLEST_TOTAL)


def mask_report(report: EvidenceReport, principal: Principal, scope: Scope) -> EvidenceReport:
    """Hide what the roles of whoever asks do not show; `scope` is where they see totals."""
    if not sees_small_counts(principal, scope):
        return hide_small(report, SMALLEST_TOTAL)
    return report if principal.find_whens([Field.CONTACTS]) == {When.ALWAYS} else hide_contacts(report)
