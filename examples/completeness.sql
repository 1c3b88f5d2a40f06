-- Duplicates and completeness, per stream and epoch; runs in SQLite and PostgreSQL.
--   records(gateway, device_id, type, epoch, seq, prev_epoch, prev_seq)  every received record
--   gaps(gateway, device_id, type, epoch, first_seq, last_epoch, last_seq, records)
--                                                    the CollectorEvents of kind `gap`, with their nulls
-- missing = numbered, neither received nor announced as lost: 0 means complete. Records in flight in the current
-- epoch are not counted; an epoch is closed once the next one states its last number. Epochs that one gap spans
-- (`last_epoch`) are one row, epoch to last_epoch: the gap states only how many of their records are lost.
WITH lost AS ( -- each announcement once
  SELECT DISTINCT gateway, device_id, type, epoch, first_seq, COALESCE(last_epoch, epoch) AS last_epoch, last_seq,
         COALESCE(records, last_seq - first_seq + 1) AS records
  FROM gaps
), seen AS (
  SELECT gateway, device_id, type, epoch,
         COUNT(*) AS arrived, COUNT(DISTINCT seq) AS records, MAX(seq) AS last_seq
  FROM records GROUP BY gateway, device_id, type, epoch
), stated AS ( -- last number of an epoch as stated by the next one
  SELECT gateway, device_id, type, prev_epoch AS epoch, MAX(prev_seq) AS last_seq
  FROM records WHERE prev_epoch IS NOT NULL
  GROUP BY gateway, device_id, type, prev_epoch
), ends AS (
  SELECT gateway, device_id, type, epoch, MAX(last_seq) AS numbered
  FROM (SELECT gateway, device_id, type, epoch, last_seq FROM seen
        UNION ALL SELECT gateway, device_id, type, epoch, last_seq FROM stated
        UNION ALL SELECT gateway, device_id, type, epoch, first_seq FROM lost
        UNION ALL SELECT gateway, device_id, type, last_epoch, last_seq FROM lost) every_end
  GROUP BY gateway, device_id, type, epoch
), epochs AS ( -- first_epoch: where the row begins that the epoch is part of
  SELECT e.gateway, e.device_id, e.type, e.epoch, e.numbered,
         MAX(CASE WHEN NOT EXISTS (
           SELECT 1 FROM lost l
           WHERE l.gateway = e.gateway AND l.device_id = e.device_id AND l.type = e.type
             AND l.epoch < e.epoch AND e.epoch <= l.last_epoch) THEN e.epoch END)
           OVER (PARTITION BY e.gateway, e.device_id, e.type ORDER BY e.epoch) AS first_epoch
  FROM ends e
), ranges AS ( -- the part of an announcement in each of its epochs
  SELECT e.gateway, e.device_id, e.type, e.epoch, e.first_epoch,
         l.epoch AS from_epoch, l.first_seq AS from_seq, l.last_epoch AS to_epoch, l.last_seq AS to_seq, l.records,
         CASE WHEN e.epoch = l.epoch THEN l.first_seq ELSE 1 END AS first_seq,
         CASE WHEN e.epoch = l.last_epoch THEN l.last_seq ELSE e.numbered END AS last_seq
  FROM lost l
  JOIN epochs e ON e.gateway = l.gateway AND e.device_id = l.device_id AND e.type = l.type
    AND e.epoch BETWEEN l.epoch AND l.last_epoch
), not_received AS ( -- of each announcement
  SELECT gateway, device_id, type, first_epoch, records,
         SUM(last_seq - first_seq + 1 - (
           SELECT COUNT(DISTINCT r.seq) FROM records r
           WHERE r.gateway = g.gateway AND r.device_id = g.device_id AND r.type = g.type
             AND r.epoch = g.epoch AND r.seq BETWEEN g.first_seq AND g.last_seq)) AS numbers
  FROM ranges g
  GROUP BY gateway, device_id, type, first_epoch, from_epoch, from_seq, to_epoch, to_seq, records
), announced AS ( -- announced as lost and not received
  SELECT gateway, device_id, type, first_epoch,
         SUM(CASE WHEN numbers < records THEN numbers ELSE records END) AS given_up
  FROM not_received GROUP BY gateway, device_id, type, first_epoch
), counted AS (
  SELECT e.gateway, e.device_id, e.type, e.first_epoch, MAX(e.epoch) AS last_epoch, SUM(e.numbered) AS numbered,
         SUM(COALESCE(s.records, 0)) AS records,
         SUM(COALESCE(s.arrived, 0) - COALESCE(s.records, 0)) AS duplicates,
         MIN(CASE WHEN t.epoch IS NULL THEN 0 ELSE 1 END) AS closed
  FROM epochs e
  LEFT JOIN seen s ON s.gateway = e.gateway AND s.device_id = e.device_id AND s.type = e.type AND s.epoch = e.epoch
  LEFT JOIN stated t ON t.gateway = e.gateway AND t.device_id = e.device_id AND t.type = e.type AND t.epoch = e.epoch
  GROUP BY e.gateway, e.device_id, e.type, e.first_epoch
)
SELECT c.gateway, c.device_id, c.type, c.first_epoch AS epoch, c.last_epoch, c.numbered, c.records, c.duplicates,
       COALESCE(a.given_up, 0) AS given_up,
       CASE WHEN c.numbered - c.records > COALESCE(a.given_up, 0)
            THEN c.numbered - c.records - COALESCE(a.given_up, 0) ELSE 0 END AS missing,
       c.closed
FROM counted c
LEFT JOIN announced a ON a.gateway = c.gateway AND a.device_id = c.device_id AND a.type = c.type
  AND a.first_epoch = c.first_epoch
ORDER BY c.gateway, c.device_id, c.type, c.first_epoch;
