"""Background work: a job for each kind of outbox row, and what the clock starts.

`JOBS` is the visible list. A job is carried out at least once, so each is idempotent.
"""

from ciam.jobs.job import Job
from ciam.jobs.send_mail import send_mail
from ciam.jobs.send_sms import send_sms

JOBS: dict[str, Job] = {
    "send_mail": send_mail,
    "send_sms": send_sms,
}
