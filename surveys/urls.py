"""URL routes of the surveys."""

from django.urls import URLPattern, path

from surveys.views import (
    answers,
    imports,
    jobs,
    people,
    respond,
    respondent_entry,
    retention,
    studio,
    trail,
    withdraw,
)

app_name = "surveys"
urlpatterns: list[URLPattern] = [
    path("s/<str:token>/", respondent_entry.invitation, name="invitation"),
    path("respond/<uuid:public_id>/code/", respondent_entry.code, name="code"),
    path("respond/<uuid:public_id>/code/send/", respondent_entry.send_code, name="send-code"),
    path("respond/<uuid:public_id>/", respond.overview, name="overview"),
    path("respond/<uuid:public_id>/review/", respond.review, name="review"),
    path("respond/<uuid:public_id>/submit/", respond.submit, name="submit"),
    path("respond/<uuid:public_id>/withdraw/", withdraw.withdraw, name="withdraw"),
    path("respond/<uuid:public_id>/receipt/", respond.receipt, name="receipt"),
    path("respond/<uuid:public_id>/own-answers/", respond.own_answers, name="own-answers"),
    path("respond/<uuid:public_id>/sections/<slug:code>/", respond.section, name="section"),
    path("respond/<uuid:public_id>/answers/<str:item>/", answers.answer, name="answer"),
    path("studio/waves/", studio.waves, name="waves"),
    path("studio/waves/<slug:slug>/", studio.wave, name="wave"),
    path("studio/waves/<slug:slug>/organizations/", studio.add_organization, name="add-organization"),
    path("studio/waves/<slug:slug>/invitations/", studio.invite, name="invite"),
    path("studio/waves/<slug:slug>/invitations/<int:pk>/revoke/", studio.revoke, name="revoke"),
    path("studio/waves/<slug:slug>/invitations/<int:pk>/resend/", studio.resend, name="resend"),
    path("studio/waves/<slug:slug>/close/", studio.close, name="close"),
    path("studio/waves/<slug:slug>/hold/", studio.hold, name="hold"),
    path("studio/waves/<slug:slug>/statement/", studio.statement, name="wave-statement"),
    path("studio/retention/", retention.retention, name="retention"),
    path("studio/imports/", imports.imports, name="imports"),
    path("studio/imports/<int:pk>/", imports.import_run, name="import"),
    path("studio/jobs/", jobs.jobs, name="jobs"),
    path("studio/jobs/again/", jobs.retry_all, name="all-jobs-again"),
    path("studio/jobs/<int:pk>/again/", jobs.retry_job, name="job-again"),
    path("studio/trail/", trail.installation_trail, name="installation-trail"),
    path("studio/trail.csv", trail.installation_trail_csv, name="installation-trail-csv"),
    path("welcome/<str:token>/", people.account_invitation, name="welcome"),
    path("organizations/<slug:slug>/people/", people.people, name="people"),
    path("organizations/<slug:slug>/people/<int:pk>/", people.change_member, name="change-member"),
    path("organizations/<slug:slug>/trail/", trail.organization_trail, name="trail"),
    path("organizations/<slug:slug>/trail.csv", trail.organization_trail_csv, name="trail-csv"),
]
