"""Puts the console on an application."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from homebeat.console.account import routes as account
from homebeat.console.account.page import AccountPages
from homebeat.console.audit import routes as audit
from homebeat.console.audit.page import AuditPages
from homebeat.console.channels import routes as channels
from homebeat.console.channels.page import ChannelPages
from homebeat.console.closed import routes as closed
from homebeat.console.closed.page import ClosedPages
from homebeat.console.desk import forms, outreach
from homebeat.console.desk import routes as desk
from homebeat.console.desk.page import DeskPages
from homebeat.console.desk.queue import Windows
from homebeat.console.desk.row import RowPainter
from homebeat.console.devices import routes as devices
from homebeat.console.devices.one import OneDevicePage
from homebeat.console.devices.page import DevicePages
from homebeat.console.duty import forms as duty_forms
from homebeat.console.duty import routes as duty
from homebeat.console.duty.page import DutyPages
from homebeat.console.duty.roster import RosterPages
from homebeat.console.family import keypad
from homebeat.console.family import routes as family
from homebeat.console.family.page import FamilyPages
from homebeat.console.fields import routes as fields
from homebeat.console.fields.page import FieldPages
from homebeat.console.follow_ups import routes as follow_ups
from homebeat.console.follow_ups.page import FollowUpPages
from homebeat.console.glass import routes as glass
from homebeat.console.glass.page import GlassPages
from homebeat.console.guides import routes as guides
from homebeat.console.guides.page import GuidePages
from homebeat.console.hand_over import routes as hand_over
from homebeat.console.hand_over.page import HandOverPages
from homebeat.console.home import routes as home
from homebeat.console.keys import routes as keys
from homebeat.console.keys.page import KeyPages
from homebeat.console.labels import routes as labels
from homebeat.console.map import routes as map_routes
from homebeat.console.map.page import MapPages
from homebeat.console.people import forms as people_forms
from homebeat.console.people import routes as people
from homebeat.console.people.page import PeoplePages
from homebeat.console.plans import routes as plans
from homebeat.console.plans.page import PlansPages
from homebeat.console.providers import routes as providers
from homebeat.console.providers.page import ProviderPages
from homebeat.console.receipts import routes as receipts
from homebeat.console.receipts.intake import ReceiptIntake
from homebeat.console.resident import routes as resident
from homebeat.console.resident.page import ResidentPages
from homebeat.console.residents import routes as residents
from homebeat.console.residents.page import ResidentListPages
from homebeat.console.rotas import routes as rotas
from homebeat.console.rotas.page import RotaPages
from homebeat.console.rules import routes as rules
from homebeat.console.rules.page import RulesPages
from homebeat.console.silences import routes as silences
from homebeat.console.silences.page import SilencePages
from homebeat.console.start import routes as start
from homebeat.console.start.page import StartPages
from homebeat.console.supervisor import model_routes
from homebeat.console.supervisor import routes as supervisor
from homebeat.console.supervisor.reports import ReportShelf
from homebeat.console.visit import routes as visit
from homebeat.console.visit.page import VisitPages
from homebeat.console.visits import routes as own_visits
from homebeat.console.visits.page import OwnVisitPages
from homebeat.console.web import look, provider, sign_in
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import STATIC, Templates
from homebeat.console.web.route import answer_lost, make_page_route
from homebeat.console.web.sign_in import SignInPages


class _Static(StaticFiles):
    """Style, script and icon: kept by the browser, asked again each time whether they changed."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def _add(app: FastAPI, pages: APIRouter) -> None:
    """Add pages as they are. `include_router` would build each route a second time, and match more slowly."""
    app.router.routes.extend(pages.routes)


def _add_homes(app: FastAPI, context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> None:
    _add(app, start.build_router(context, StartPages(context, templates), route_class))
    _add(app, home.build_router(context, templates, route_class))
    _add(app, home.build_new_router(context, templates, route_class))


def _add_settings(app: FastAPI, context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> None:
    _add(app, rules.build_router(context, RulesPages(context, templates), route_class))
    _add(app, guides.build_router(context, GuidePages(context, templates), route_class))
    _add(app, rotas.build_router(context, RotaPages(context, templates), route_class))
    _add(app, plans.build_router(context, PlansPages(context, templates), route_class))
    _add(app, channels.build_router(context, ChannelPages(context, templates), route_class))


def _add_devices(app: FastAPI, context: ConsoleContext, templates: Templates, route_class: type[APIRoute]) -> None:
    reports = ReportShelf(context)
    _add(app, supervisor.build_router(context, templates, reports, route_class))
    _add(app, model_routes.build_model_router(context, templates, reports, route_class))
    _add(
        app,
        devices.build_router(context, DevicePages(context, templates, reports), OneDevicePage(context, templates), route_class),
    )
    _add(app, fields.build_router(context, FieldPages(context, templates), route_class))


def install_console(app: FastAPI, context: ConsoleContext) -> None:
    """Add the console's pages, its live stream and its static files to an application."""
    templates = Templates(context.emergency_numbers)
    route_class = make_page_route(templates)
    sign_in_pages = SignInPages(context, templates)
    _add(app, sign_in.build_router(context, sign_in_pages, route_class))
    if context.provider is not None:
        _add(app, provider.build_router(context, context.provider, sign_in_pages, route_class))
    _add(app, look.build_router(route_class, is_secure=context.is_secure))
    painter = RowPainter(templates)
    windows = Windows(context.store, context.find_book)
    pages = DeskPages(context, templates, painter, windows)
    _add(app, desk.build_router(context, templates, painter, windows, pages, route_class))
    _add(app, forms.build_router(context, pages, route_class))
    _add(app, outreach.build_router(context, pages, route_class))
    _add(app, forms.build_follow_up_router(context, pages, route_class))
    own_pages = AccountPages(context, templates)
    _add(app, account.build_router(context, own_pages, route_class))
    _add(app, account.build_second_factor_router(context, own_pages, route_class))
    _add(app, resident.build_router(context, ResidentPages(context, templates), route_class))
    _add(app, residents.build_router(context, ResidentListPages(context, templates), route_class))
    _add_homes(app, context, templates, route_class)
    family_pages = FamilyPages(context, templates)
    _add(app, family.build_router(family_pages, route_class))
    _add(app, keypad.build_router(family_pages, route_class))
    _add(app, receipts.build_router(ReceiptIntake(context), route_class))
    _add(app, visit.build_router(VisitPages(context, templates), route_class))
    _add(app, own_visits.build_router(context, OwnVisitPages(context, templates), route_class))
    _add(app, closed.build_router(context, ClosedPages(context, templates), route_class))
    _add(app, follow_ups.build_router(context, FollowUpPages(context, templates), route_class))
    duty_pages = DutyPages(context, templates)
    _add(app, duty.build_router(context, duty_pages, route_class))
    _add(app, duty.build_roster_router(context, RosterPages(context, templates), route_class))
    _add(app, hand_over.build_router(context, HandOverPages(context, templates), route_class))
    _add(app, duty_forms.build_forms(context, duty_pages, route_class))
    _add(app, duty_forms.build_feed_forms(context, duty_pages, route_class))
    _add(app, silences.build_router(context, SilencePages(context, templates), route_class))
    _add(app, providers.build_router(context, ProviderPages(context, templates), route_class))
    _add(app, glass.build_router(context, GlassPages(context, templates), route_class))
    _add_settings(app, context, templates, route_class)
    people_pages = PeoplePages(context, templates)
    _add(app, people.build_router(context, people_pages, route_class))
    _add(app, people_forms.build_router(context, people_pages, route_class))
    _add(app, keys.build_router(context, KeyPages(context, templates), route_class))
    _add(app, labels.build_router(context, templates, route_class))
    _add_devices(app, context, templates, route_class)
    _add(app, map_routes.build_router(context, MapPages(context, templates), route_class))
    _add(app, audit.build_router(context, AuditPages(context, templates), route_class))
    app.add_exception_handler(HTTPException, answer_lost(templates, app.exception_handlers[HTTPException]))
    app.mount("/static", _Static(directory=STATIC), name="static")
