alter table auth.user_account add column last_login_at timestamptz;
update auth.user_account u set last_login_at = s.at
from (select user_id, max(created_at) as at from auth.session group by user_id) s where s.user_id = u.id;

-- Prefixes of addresses and names, whatever the database's collation.
create index user_account_email_prefix_idx on auth.user_account (email text_pattern_ops);
create index user_account_name_prefix_idx on auth.user_account (lower(name) text_pattern_ops);
-- The few among the many. An index on the array itself is not used to page by id.
create index user_account_admins_idx on auth.user_account (id) where 'admin' = any (roles);
create index user_account_operators_idx on auth.user_account (id) where 'operator' = any (roles);
