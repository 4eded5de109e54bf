-- +goose Up
-- An office's own top-ups, which each open page of its deposit asks for again and again: without it they are sought among those of all offices.
CREATE INDEX payments_office_topups ON payments (office_id, id) WHERE order_id IS NULL;

-- +goose Down
SELECT 'forward only'::no_down;
