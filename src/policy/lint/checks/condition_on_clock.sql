--! level: warning
--! after: P16
--! why: what it lets through changes by itself, and a proof at one moment says nothing of the next
--! fix: write the moment into the policy file as a macro, or take the condition away
select p.schema, p.relation, p.object, 'the condition depends on the clock, and the policy file does not', p.text
from given, p
where given.has_file and not given.names_clock
  and p.text ~* '\m(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\(|\m(current_date|current_timestamp|current_time|localtimestamp|localtime)\M'
