"""What people agree to at sign-up.  A changed text is a new version and is asked for again."""

FIRST_TEXT_TH = """เมื่อสมัครใช้งาน ท่านยินยอมให้เว็บนี้เก็บและแสดงข้อมูลดังต่อไปนี้

- ชื่อที่ท่านเลือกให้แสดง ชุมชนหรือสำนักวิชา และหน้าที่ของท่าน แสดงคู่กับสิ่งที่ท่านเขียน
- ชื่อผู้ใช้หรือหมายเลขโทรศัพท์ใช้สำหรับเข้าระบบเท่านั้น ไม่แสดงให้ใครเห็น อีเมลไม่จำเป็นต้องให้
- บันทึก บทเรียน และความเห็นของท่าน พร้อมวันเวลาและประวัติการแก้ไข
- เราไม่ส่งข้อมูลของท่านให้ผู้อื่น และไม่ใช้บริการติดตามจากภายนอก

ท่านขอดู ขอแก้ หรือขอให้ลบข้อมูลของท่านได้ทุกเมื่อ โดยกด “แจ้งปัญหา” ที่ท้ายทุกหน้า รายละเอียดอยู่ในหน้าความเป็นส่วนตัว"""

FIRST_TEXT_EN = """By signing up you agree that this site keeps and shows the following.

- The name you choose to show, your community or school and your duty, beside what you write.
- Your user name or telephone number is used to log in and is shown to nobody. No e-mail address is needed.
- Your posts, lessons and comments, with their times and their history.
- We give your data to nobody and use no outside tracking.

You may ask to see, correct or remove your data at any time through “Report a problem” at the foot of every page. The privacy page says more."""
