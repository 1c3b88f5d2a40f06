-- Duplicates and completeness, per stream and epoch; runs in SQLite and PostgreSQL.
--   records(gateway, device_id, type, epoch, seq, prev_epoch, prev_seq)  every received record
--   gaps(gateway, device_id, type, epoch, first_seq, last_seq)           the CollectorEvents of kind `gap`
-- missing = numbered, neither received nor announced as lost: 0 means complete. Records in flight in the current
-- epoch are not counted; an epoch is closed once the next one states its last number.
WITH seen AS (
  SELECT gateway, device_id, type, epoch,
         COUNT(*) AS arrived, COUNT(DISTINCT seq) AS records, MAX(seq) AS last_seq
  FROM records GROUP BY gateway, device_id, type, epoch
), stated AS ( -- last number of an epoch as stated by the next one
  SELECT gateway, device_id, type, prev_epoch AS epoch, MAX(prev_seq) AS last_seq
  FROM records WHERE prev_epoch IS NOT NULL
  GROUP BY gateway, device_id, type, prev_epoch
), announced AS ( -- announced as lost and not received
  SELECT gateway, device_id, type, epoch, MAX(last_seq) AS last_seq,
         SUM(last_seq - first_seq + 1 - (
           SELECT COUNT(DISTINCT r.seq) FROM records r
           WHERE r.gateway = g.gateway AND r.device_id = g.device_id AND r.type = g.type
             AND r.epoch = g.epoch AND r.seq BETWEEN g.first_seq AND g.last_seq)) AS given_up
  FROM (SELECT DISTINCT gateway, device_id, type, epoch, first_seq, last_seq FROM gaps) g
  GROUP BY gateway, device_id, type, epoch
), ends AS (
  SELECT gateway, device_id, type, epoch, MAX(last_seq) AS numbered
  FROM (SELECT gateway, device_id, type, epoch, last_seq FROM seen
        UNION ALL SELECT gateway, device_id, type, epoch, last_seq FROM stated
        UNION ALL SELECT gateway, device_id, type, epoch, last_seq FROM announced) every_end
  GROUP BY gateway, device_id, type, epoch
)
SELECT e.gateway, e.device_id, e.type, e.epoch, e.numbered,
       COALESCE(s.records, 0) AS records,
       COALESCE(s.arrived, 0) - COALESCE(s.records, 0) AS duplicates,
       COALESCE(a.given_up, 0) AS given_up,
       e.numbered - COALESCE(s.records, 0) - COALESCE(a.given_up, 0) AS missing,
       CASE WHEN t.epoch IS NULL THEN 0 ELSE 1 END AS closed
FROM ends e
LEFT JOIN seen s ON s.gateway = e.gateway AND s.device_id = e.device_id AND s.type = e.type AND s.epoch = e.epoch
LEFT JOIN stated t ON t.gateway = e.gateway AND t.device_id = e.device_id AND t.type = e.type AND t.epoch = e.epoch
LEFT JOIN announced a ON a.gateway = e.gateway AND a.device_id = e.device_id AND a.type = e.type AND a.epoch = e.epoch
ORDER BY e.gateway, e.device_id, e.type, e.epoch;
