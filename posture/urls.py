"""URL patterns of the project."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from posture.views import (
    account,
    benchmarks,
    changes,
    components,
    explorer,
    frameworks,
    health,
    model_economics,
    numbers,
    organization,
    organization_files,
    own_comparison,
    pages,
    people,
    policy_reports,
    releases,
    report_files,
    report_pages,
    report_pictures,
    saved_queries,
    shared_reports,
    single_sign_on,
    studio,
    targets,
    tokens,
    wave_cohorts,
)

NUMBER = "releases/<slug:slug>/numbers/<str:cohort>/<str:kind>/<str:subject>/<str:statistic>"
WAVE = "organizations/<slug:slug>/waves/<slug:wave>"

answering = [
    path("", pages.home, name="home"),
    path("methods/", pages.methods, name="methods"),
    path("glossary/", pages.glossary, name="glossary"),
    path("benchmarks/", benchmarks.benchmarks, name="benchmarks"),
    path("benchmarks.csv", benchmarks.benchmarks_csv, name="benchmarks-csv"),
    path("benchmarks/<str:code>/", benchmarks.benchmark, name="benchmark"),
    path("frameworks/", frameworks.frameworks, name="frameworks"),
    path("frameworks/<str:code>/", frameworks.framework, name="framework"),
    path("model-economics/", model_economics.model_economics, name="model-economics"),
    path("releases/", releases.releases, name="releases"),
    path("releases/<slug:slug>/", report_pages.summary, name="release"),
    *report_pages.routes(),
    path("releases/<slug:slug>/gaps.svg", report_pictures.gaps_svg, name="report-gaps.svg"),
    path("releases/<slug:slug>/gaps.png", report_pictures.gaps_png, name="report-gaps.png"),
    path("releases/<slug:slug>/profile.svg", report_pictures.profile_svg, name="report-profile.svg"),
    path("releases/<slug:slug>/profile.png", report_pictures.profile_png, name="report-profile.png"),
    path("releases/<slug:slug>/embed/gaps/", report_pictures.embed_gaps, name="report-embed-gaps"),
    path("releases/<slug:slug>/embed/profile/", report_pictures.embed_profile, name="report-embed-profile"),
    path("releases/<slug:slug>/report.pdf", report_files.report_pdf, name="report-pdf"),
    path("releases/<slug:slug>/report.pptx", report_files.report_slides, name="report-pptx"),
    path("releases/<slug:slug>/report.xlsx", report_files.report_workbook, name="report-xlsx"),
    path(f"{NUMBER}/", numbers.number, name="number"),
    path(f"{NUMBER}/<str:option>/", numbers.number, name="number"),
    path("releases/<slug:slug>/pack.zip", releases.pack, name="pack"),
    path("releases/<slug:slug>/gaps.csv", releases.gaps_csv, name="gaps-csv"),
    path("releases/<slug:slug>/changes.csv", changes.changes_csv, name="changes-csv"),
    path("releases/<slug:slug>/indicators.csv", releases.indicators_csv, name="indicators-csv"),
    path(f"{WAVE}/", organization.report, name="organization-report"),
    path(f"{WAVE}/report.csv", organization.report_csv, name="organization-csv"),
    path(f"{WAVE}/files/", organization_files.files, name="organization-files"),
    path(f"{WAVE}/report.pdf", organization_files.report_pdf, name="organization-pdf"),
    path(f"{WAVE}/report.pptx", organization_files.report_slides, name="organization-pptx"),
    path(f"{WAVE}/report.xlsx", organization_files.report_workbook, name="organization-xlsx"),
    path("organizations/<slug:slug>/shared/", shared_reports.links, name="share-links"),
    path(
        "organizations/<slug:slug>/shared/<int:pk>/revoke/", shared_reports.revoke, name="revoke-share-link"
    ),
    path("shared/<str:token>/", shared_reports.shared_report, name="shared-report"),
    path("respond/<uuid:public_id>/compared/", own_comparison.compared, name="own-comparison"),
    path("targets/<slug:code>/", targets.target_set, name="targets"),
    path("studio/targets/", targets.target_sets, name="studio-targets"),
    path("studio/explorer/", explorer.explorers, name="explorers"),
    path("studio/explorer/<slug:slug>/", explorer.explorer, name="explorer"),
    path("studio/explorer/<slug:slug>/table.csv", explorer.explorer_csv, name="explorer-csv"),
    path("studio/explorer/<slug:slug>/table.xlsx", explorer.explorer_xlsx, name="explorer-xlsx"),
    path("studio/explorer/<slug:slug>/views/", saved_queries.save, name="save-view"),
    path("studio/explorer/<slug:slug>/cuts/", saved_queries.add, name="add-cut"),
    path("studio/views/<int:pk>/delete/", saved_queries.forget, name="forget-view"),
    path("studio/cuts/<int:pk>/remove/", saved_queries.drop, name="drop-cut"),
    path("studio/components/", components.components, name="components"),
    path("studio/people/", people.people, name="people"),
    path("studio/people/<int:pk>/", people.change_person, name="change-person"),
    path("studio/waves/<slug:wave>/releases/", studio.releases, name="studio-releases"),
    path("studio/waves/<slug:wave>/cohort/", wave_cohorts.choose, name="wave-cohort"),
    path("studio/releases/<slug:slug>/", studio.release, name="studio-release"),
    path("studio/releases/<slug:slug>/progress/", studio.progress, name="release-progress"),
    path("studio/releases/<slug:slug>/publish/", studio.publish, name="publish"),
    path("studio/releases/<slug:slug>/withdraw/", studio.withdraw, name="withdraw"),
]
own_account = [
    path("", account.start, name="start"),
    path("sessions/", account.sessions, name="sessions"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="revoke-token"),
]
# django-allauth reverses these URLs by its own names.
signing_in: list[URLPattern | URLResolver] = [
    path("security/", account.security, name="mfa_index"),
    path("login/", account.login, name="account_login"),
    path("login/passkey/", account.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("login/second-factor/", account.authenticate, name="mfa_authenticate"),
    path("logout/", account.logout, name="account_logout"),
    path("password/", account.change_password, name="account_change_password"),
    path("password/set/", account.set_password, name="account_set_password"),
    path("password/reset/", account.reset, name="account_reset_password"),
    path("password/reset/sent/", account.reset_sent, name="account_reset_password_done"),
    path("password/reset/done/", account.reset_done, name="account_reset_password_from_key_done"),
    path(
        "password/reset/<str:uidb36>/<str:key>/",
        account.reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("address/", account.change_address, name="account_email"),
    path("address/sent/", account.address_sent, name="account_email_verification_sent"),
    path("address/confirm/<str:key>/", account.confirm_address, name="account_confirm_email"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("confirm/code/", account.confirm_by_code, name="mfa_reauthenticate"),
    path("confirm/passkey/", account.confirm_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("app/", account.activate_app, name="mfa_activate_totp"),
    path("app/remove/", account.deactivate_app, name="mfa_deactivate_totp"),
    path("passkeys/add/", account.add_passkey, name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/", account.rename_passkey, name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", account.remove_passkey, name="mfa_remove_webauthn"),
    path("recovery-codes/", account.recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", account.new_recovery_codes, name="mfa_generate_recovery_codes"),
]
if settings.OIDC_ISSUER:
    signing_in += [
        path("sso/oidc/<str:provider_id>/login/", single_sign_on.openid_connect, name="openid_connect_login"),
        path(
            "sso/oidc/<str:provider_id>/login/callback/",
            single_sign_on.openid_connect_back,
            name="openid_connect_callback",
        ),
    ]
if settings.SAML_SSO_URL:
    signing_in.append(path("sso/saml/", include("posture.views.saml")))
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((answering, "posture"))),
    path("account/", include((own_account, "account"))),
    path("account/", include(signing_in)),
    path("", include("surveys.urls")),
    path("api/v1/", include("posture.api.urls")),
    path("setup/", people.first_admin, name="first-admin"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("csp-report", policy_reports.report, name="csp-report"),
]
handler400 = "posture.web.error_responses.bad_request"
handler403 = "posture.web.error_responses.forbidden"
handler500 = "posture.web.error_responses.server_error"
