"""The door: one table or two -> candidate pairs -> levels -> model -> weights -> clusters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from lakehouse.matching.blocking.candidates import candidate_pairs
from lakehouse.matching.blocking.rules import Equal, SharedToken, Within
from lakehouse.matching.comparison import compare_pairs
from lakehouse.matching.fields import build_fields
from lakehouse.matching.fitting import fit_model, random_shares
from lakehouse.matching.profiles import profile_values
from lakehouse.matching.proposals import block_predicates, pick_rules, propose_rules
from lakehouse.matching.records import prepare_records
from lakehouse.matching.rule_texts import read_rule
from lakehouse.matching.sampling import random_pairs
from lakehouse.matching.scoring import collect_patterns, with_weights
from lakehouse.matching.semantics import guess_columns
from lakehouse.matching.settings import MatchSettings
