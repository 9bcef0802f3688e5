-- The phones, where they are, and call records. Columns are named like the options of sip.conf;
-- add those that you use.
CREATE TABLE sip_peers (
	name varchar(40) PRIMARY KEY, type varchar(10) DEFAULT 'friend', host varchar(60) DEFAULT 'dynamic', secret varchar(80), context varchar(40) DEFAULT 'office',
	callerid varchar(80), mailbox varchar(60), qualify varchar(10) DEFAULT 'yes', disallow varchar(40), allow varchar(60), nat varchar(40)
);
CREATE TABLE sip_regs (
	name varchar(40) PRIMARY KEY, ipaddr varchar(45), port integer, regseconds bigint, defaultuser varchar(80), fullcontact varchar(200), regserver varchar(60),
	useragent varchar(120), lastms integer
);
INSERT INTO sip_peers (name, secret, callerid, mailbox) VALUES
	('101', 'change-me-101-8f3k2m', '"Reception" <101>', '101@default'),
	('102', 'change-me-102-q7x4vd', '"Workshop" <102>', '102@default');
CREATE TABLE cdr (
	calldate timestamptz, clid varchar(80), src varchar(80), dst varchar(80), dcontext varchar(80), channel varchar(80), dstchannel varchar(80), lastapp varchar(80),
	lastdata varchar(80), duration integer, billsec integer, disposition varchar(45), amaflags integer, accountcode varchar(20), uniqueid varchar(150), userfield varchar(255)
);
CREATE INDEX cdr_calldate ON cdr (calldate);
