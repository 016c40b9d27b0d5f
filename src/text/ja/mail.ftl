### メール。テキスト部分がすべてを伝え、HTML 部分も同じことを伝えます。

mail-hello = { $name } 様
mail-hello-nobody = お客様
mail-never-ask = { $tenant }の担当者がパスワードをお尋ねすることは決してありません。
mail-questions = お問い合わせ: { $address }
mail-reference = 参照番号: { $reference }
mail-utc = {" "}({ $utc })

## ロック解除
mail-unlock-subject = { $tenant } アカウントのロック解除
mail-unlock-title = { $tenant } アカウントがロックされました
mail-unlock-when = { $time }{ $utc } の時点で、{ $origin } からのサインインが{ $count }回失敗しました。いずれも成功していません。
mail-unlock-when-html = <b>{ $time }</b>{ $utc } の時点で、{ $origin } からのサインインが{ $count }回失敗しました。いずれも成功していません。
mail-unlock-origin-unknown = 不明な場所
mail-unlock-account = アカウント: { $account }
mail-unlock-lead = お心当たりがある場合は、アカウントのロックを解除してください。
mail-unlock-button = ロックを解除する
mail-unlock-what = このボタンを押すと、もう一つボタンのあるページが開きます。そのボタンを押すとロックが解除されます。サインインは行われません。
mail-unlock-what-text = このリンクを開くと、ボタンのあるページが表示されます。そのボタンを押すとロックが解除されます。サインインは行われません。
mail-unlock-valid = リンクの有効期間は{ $wait }で、{ $time }{ $utc } まで使えます。
mail-unlock-ends = ロックは { $time }{ $utc } に自動的にも解除されます。その後また失敗すると、再びロックされます。
mail-unlock-endless = このロックは自動的には解除されません。
mail-unlock-not-me = お心当たりがない場合
mail-unlock-not-me-text = アカウントは引き続きパスワードで守られています。何もする必要はありません。アカウントは上記のとおりロックされたままです。同じページから、お心当たりがないことを{ $tenant }のサポートに伝えることもできます。
mail-unlock-copy = ボタンが動作しない場合は、次のリンクをブラウザーにコピーしてください。
mail-unlock-why = このメールは、アカウントがロックされたため送信されました。

## サポートの受付確認
mail-ack-subject = メッセージを受け付けました { $reference }
mail-ack-title = メッセージを受け付けました
mail-ack-when = { $time }{ $utc } に届きました。{ $tenant }の担当者が読み、このアドレスに返信します。
mail-ack-yours = お書きになった内容
mail-ack-meanwhile = ロックされてお困りの場合、返信をお待ちになる必要はありません。期限のあるロックは自動的に解除され、ロック解除メールを使えばすぐに解除できます。
mail-ack-unlock = ロック解除メールを送信
mail-ack-not-you = お心当たりがない場合は、このメールを無視していただいてかまいません。どのアカウントにも変更はありません。
mail-ack-why = このメールは、サポートへのメッセージにこのアドレスが記入されていたため送信されました。
