-- +goose Up
-- Order numbers for card terminals: digits alone, never used twice, so that a terminal can be searched by them.
CREATE SEQUENCE pos_orders START WITH 1000001;
GRANT USAGE ON SEQUENCE pos_orders TO mofasa_app;

-- +goose Down
SELECT 'forward only'::no_down;
