"""What every server, and every client of a race, reads before it does anything."""

import gc

import uvicorn.supervisors

import ciam.app
import ciam.cli
import tests.races.http_gun

READ = (ciam.app, ciam.cli, tests.races.http_gun, uvicorn.supervisors)

gc.collect()
gc.freeze()
