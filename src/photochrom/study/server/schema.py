"""The tables of a study's database, and their version."""

from typing import Final

APPLICATION_ID: Final = 0x70684373  # "phCs"
SCHEMA_VERSION: Final = 1

SCHEMA: Final = """
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Who takes part. The token itself is nowhere; whoever has the file cannot take somebody's place.
CREATE TABLE participants (
    name TEXT PRIMARY KEY,
    place INTEGER NOT NULL UNIQUE,
    token_sha256 BLOB NOT NULL UNIQUE,
    plan TEXT NOT NULL,
    begun_utc TEXT NOT NULL
) STRICT;

CREATE TABLE answers (
    participant TEXT NOT NULL REFERENCES participants (name),
    trial INTEGER NOT NULL,
    part TEXT NOT NULL,
    model TEXT NOT NULL,
    against TEXT NOT NULL,
    picture TEXT NOT NULL,
    left INTEGER NOT NULL,
    right INTEGER NOT NULL,
    choice TEXT NOT NULL,
    reaction_ms REAL NOT NULL,
    exposure_ms REAL,
    hidden INTEGER NOT NULL,
    screen TEXT NOT NULL,
    answered_utc TEXT NOT NULL,
    PRIMARY KEY (participant, trial)
) STRICT;

-- Filled for the length of the transaction in which somebody takes their answers back.
CREATE TABLE leaving (
    participant TEXT PRIMARY KEY
) STRICT;

CREATE TRIGGER answers_stay_as_given BEFORE UPDATE ON answers
BEGIN
    SELECT RAISE(ABORT, 'answers are never changed');
END;

CREATE TRIGGER answers_stay BEFORE DELETE ON answers
WHEN NOT EXISTS (SELECT 1 FROM leaving WHERE participant = OLD.participant)
BEGIN
    SELECT RAISE(ABORT, 'answers are deleted only with their participant');
END;

-- The next answer is the next trial's, whatever the program that writes it believes.
CREATE TRIGGER answers_come_in_order BEFORE INSERT ON answers
WHEN NEW.trial <> (SELECT count(*) FROM answers WHERE participant = NEW.participant)
BEGIN
    SELECT RAISE(ABORT, 'answers come in the order of trials');
END;
"""
