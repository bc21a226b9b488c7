"""What every worker needs is read once, in the process that workers are forked from."""

import gc

import ciam.app

READ = (ciam.app,)

gc.collect()
gc.freeze()  # no worker's collector touches what was read, so the workers share its memory
