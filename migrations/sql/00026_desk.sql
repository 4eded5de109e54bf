-- +goose Up
-- How the desk of an office finds a visit again: by the plate it was ordered under, by a number on its papers, and by the day of its receipts and certificates.
CREATE INDEX orders_office_plate ON orders (office_id, plate);
CREATE INDEX bills_office_bill ON bills (office_id, bill_id);
CREATE INDEX bills_office_payment ON bills (office_id, payment_id);
CREATE INDEX payments_office_rrn ON payments (office_id, rrn) WHERE rrn IS NOT NULL;
CREATE INDEX payments_office_reference ON payments (office_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX receipts_office_at ON receipts (office_id, at);
CREATE INDEX certificates_office_issued ON certificates (office_id, issued_at);

-- +goose Down
SELECT 'forward only'::no_down;
