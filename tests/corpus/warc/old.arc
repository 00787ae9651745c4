filedesc://a.arc 0.0.0.0 20140216050221 text/plain 14
1 0 Somebody


http://x/a b 1.2.3.4 20140216050221 text/html 20
HTTP/1.1 200 OK

hi

http://x/c 1.2.3.4 20140216050221 text/plain abc
hello
